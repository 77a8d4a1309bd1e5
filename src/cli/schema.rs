//! `chuishao schema`.

pub fn run() -> anyhow::Result<()> {
    print!("{}", crate::schema::sdl());
    Ok(())
}

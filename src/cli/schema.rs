//! `chuishao schema`.

pub fn run() -> anyhow::Result<()> {
    super::say!("{}", crate::schema::sdl().trim_end());
    Ok(())
}

//! Written by graphiql/build.mjs.

use super::Asset;

pub(super) const ASSETS: &[Asset] = &[
    Asset {
        path: "icon-76de1fe199a1027e.svg",
        kind: "image/svg+xml; charset=utf-8",
        etag: "W/\"76de1fe199a1027e\"",
        hashed: true,
        gzip: include_bytes!("assets/icon.svg.gz"),
    },
    Asset {
        path: "page-da71fe776fe3c6d1.css",
        kind: "text/css; charset=utf-8",
        etag: "W/\"da71fe776fe3c6d1\"",
        hashed: true,
        gzip: include_bytes!("assets/page.css.gz"),
    },
    Asset {
        path: "page-d556a666daa7aad9.js",
        kind: "text/javascript; charset=utf-8",
        etag: "W/\"d556a666daa7aad9\"",
        hashed: true,
        gzip: include_bytes!("assets/page.js.gz"),
    },
    Asset {
        path: "LICENCES.txt",
        kind: "text/plain; charset=utf-8",
        etag: "W/\"ee2ae592666b3ade\"",
        hashed: false,
        gzip: include_bytes!("assets/LICENCES.txt.gz"),
    },
    Asset {
        path: "index.html",
        kind: "text/html; charset=utf-8",
        etag: "W/\"2b65ac8561d8598c\"",
        hashed: false,
        gzip: include_bytes!("assets/index.html.gz"),
    },
];

//! Areas, what lies in them, and what holds there.

use super::{
    List,
    Shown::{Instant, Number, Text, Word, YesNo},
    column,
};

/// A grid's area lies in another: its community, or its grid.
const AREA: &str = "area { code name parent { name } }";
const LOCATION: &str = "location { longitude latitude }";
const VERSION: &str = "currentVersion { number documentNumber effectiveFrom }";

pub const LISTS: &[List] = &[
    List {
        field: "areas",
        filter: "AreaFilter",
        title: "行政区划",
        columns: &[
            column("代码", "code", "/code", Text),
            column("名称", "name", "/name", Text),
            column("级别", "level", "/level", Word("AreaLevel")),
            column("上级代码", "parent { code }", "/parent/code", Text),
        ],
    },
    List {
        field: "grids",
        filter: "GridFilter",
        title: "网格",
        columns: &[
            column("网格代码", AREA, "/area/code", Text),
            column("网格名称", "name", "/name", Text),
            column("上级区划", AREA, "/area/parent/name", Text),
            column("全科网格", "fullFunction", "/fullFunction", YesNo),
            column("覆盖小区", "complexes { name }", "/complexes/*/name", Text),
            column("服务户数", "households", "/households", Number),
            column("网格员", "workers { person { name } }", "/workers/*/person/name", Text),
            column("撤销日期", "endedOn", "/endedOn", Text),
            column("数据来源", "provenance", "/provenance", Word("Provenance")),
        ],
    },
    List {
        field: "gridFunds",
        filter: "GridFundFilter",
        title: "网格工作经费",
        columns: &[
            column("网格代码", "grid { area { code } }", "/grid/area/code", Text),
            column("网格名称", "gridName: grid { name }", "/gridName/name", Text),
            column("年度", "year", "/year", Number),
            column("预算", "budget", "/budget", Number),
            column("已拨付", "granted", "/granted", Number),
            column("已支出", "spent", "/spent", Number),
            column("余额", "balance", "/balance", Number),
            column("关账日", "closedOn", "/closedOn", Text),
        ],
    },
    List {
        field: "complexes",
        filter: "ComplexFilter",
        title: "小区",
        columns: &[
            column("所在区划代码", "area { code }", "/area/code", Text),
            column("所在区划", "areaName: area { name }", "/areaName/name", Text),
            column("小区名称", "name", "/name", Text),
            column("类型", "kind", "/kind", Word("ComplexKind")),
            column("地址", "address", "/address", Text),
            column("户数", "households", "/households", Number),
            column("建筑面积", "floorArea", "/floorArea", Number),
            column("经度", LOCATION, "/location/longitude", Number),
            column("纬度", LOCATION, "/location/latitude", Number),
            column("物业企业", "firm { name }", "/firm/name", Text),
            column("党支部", "partyBranch { name }", "/partyBranch/name", Text),
            column("数据来源", "provenance", "/provenance", Word("Provenance")),
        ],
    },
    List {
        field: "buildings",
        filter: "BuildingFilter",
        title: "楼栋",
        columns: &[
            column("所在区划代码", "complex { area { code } }", "/complex/area/code", Text),
            column("小区名称", "complexName: complex { name }", "/complexName/name", Text),
            column("楼栋名称", "name", "/name", Text),
            column("序号", "number", "/number", Number),
            column("层数", "floors", "/floors", Number),
            column("单元数", "stairwells", "/stairwells", Number),
            column("网格代码", "grid { area { code } }", "/grid/area/code", Text),
        ],
    },
    List {
        field: "dwellings",
        filter: "DwellingFilter",
        title: "专有部分",
        columns: &[
            column("所在区划代码", "complex { area { code } }", "/complex/area/code", Text),
            column("小区名称", "complexName: complex { name }", "/complexName/name", Text),
            column("楼栋名称", "building { name }", "/building/name", Text),
            column("单元", "stairwell { name }", "/stairwell/name", Text),
            column("编号", "number", "/number", Text),
            column("用途", "use", "/use", Word("DwellingUse")),
            column("面积", "floorArea", "/floorArea", Number),
            column("面积来源", "areaSource", "/areaSource", Word("FloorAreaSource")),
        ],
    },
    List {
        field: "governingDocuments",
        filter: "GoverningDocumentFilter",
        title: "制度文件",
        columns: &[
            column("适用区划代码", AREA, "/area/code", Text),
            column("适用区划", AREA, "/area/name", Text),
            column("标题", "title", "/title", Text),
            column("类型", "kind", "/kind", Word("DocumentKind")),
            column("首次公布时间", "publishedAt", "/publishedAt", Instant),
            column("现行版次", VERSION, "/currentVersion/number", Number),
            column("文号", VERSION, "/currentVersion/documentNumber", Text),
            column("生效日期", VERSION, "/currentVersion/effectiveFrom", Text),
            column("废止日期", "endedOn", "/endedOn", Text),
            column("数据来源", "provenance", "/provenance", Word("Provenance")),
        ],
    },
];

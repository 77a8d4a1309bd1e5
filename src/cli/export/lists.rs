//! The lists that can be exported, with the columns that people want of them.

/// What a cell shows.
#[derive(Clone, Copy)]
pub enum Shown {
    Text,
    /// The Chinese word of an enum's value.
    Word(&'static str),
    Number,
    /// In Beijing time.
    Instant,
    YesNo,
}

pub struct Column {
    pub title: &'static str,
    /// What is selected of a node, and where it then stands.
    pub selection: &'static str,
    pub pointer: &'static str,
    pub shown: Shown,
}

const fn column(title: &'static str, selection: &'static str, pointer: &'static str, shown: Shown) -> Column {
    Column { title, selection, pointer, shown }
}

pub struct List {
    /// The root field; on the command line with hyphens.
    pub field: &'static str,
    pub filter: &'static str,
    /// The name of the sheet.
    pub title: &'static str,
    pub columns: &'static [Column],
}

use Shown::{Instant, Number, Text, Word, YesNo};

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
        columns: &[column("网格代码", "area { code }", "/area/code", Text), column("网格名称", "name", "/name", Text)],
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
            column("物业企业", "firm { name }", "/firm/name", Text),
            column("党支部", "partyBranch { name }", "/partyBranch/name", Text),
            column("数据来源", "provenance", "/provenance", Word("Provenance")),
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
        field: "propertyFirms",
        filter: "PropertyFirmFilter",
        title: "物业企业",
        columns: &[
            column("区县代码", "district { code }", "/district/code", Text),
            column("企业名称", "name", "/name", Text),
            column("数据来源", "provenance", "/provenance", Word("Provenance")),
        ],
    },
    List {
        field: "partyBranches",
        filter: "PartyBranchFilter",
        title: "党组织",
        columns: &[
            column("所在区划代码", "area { code }", "/area/code", Text),
            column("名称", "name", "/name", Text),
            column("类型", "branchKind", "/branchKind", Word("PartyBranchKind")),
            column("上级党组织", "parent { name }", "/parent/name", Text),
            column("成立日期", "establishedOn", "/establishedOn", Text),
            column("撤销日期", "endedOn", "/endedOn", Text),
        ],
    },
    List {
        field: "departments",
        filter: "DepartmentFilter",
        title: "职能部门",
        columns: &[column("区县代码", "district { code }", "/district/code", Text), column("名称", "name", "/name", Text)],
    },
    List {
        field: "persons",
        filter: "PersonFilter",
        title: "人员",
        columns: &[
            column("姓名", "name", "/name", Text),
            column("手机", "phone", "/phone", Text),
            column("岗位", "posts(first: 1) { nodes { role } }", "/posts/nodes/0/role", Word("PostRole")),
            column("单位", "postsOf: posts(first: 1) { nodes { unit { name } } }", "/postsOf/nodes/0/unit/name", Text),
        ],
    },
    List {
        field: "cases",
        filter: "CaseFilter",
        title: "案件",
        columns: &[
            column("编号", "number", "/number", Text),
            column("标题", "title", "/title", Text),
            column("类别", "category", "/category", Word("CaseCategory")),
            column("事项", "matter { name }", "/matter/name", Text),
            column("状态", "status", "/status", Word("CaseStatus")),
            column("优先级", "priority", "/priority", Word("CasePriority")),
            column("处置层级", "level", "/level", Word("HandlingLevel")),
            column("办结层级", "settledLevel", "/settledLevel", Word("HandlingLevel")),
            column("处置主体", "handler { name }", "/handler/name", Text),
            column("所在区划", "area { name }", "/area/name", Text),
            column("小区", "complex { name }", "/complex/name", Text),
            column("楼栋", "building { name }", "/building/name", Text),
            column("受理渠道", "channel", "/channel", Word("IntakeChannel")),
            column("上报时间", "reportedAt", "/reportedAt", Instant),
            column("总时限", "dueAt", "/dueAt", Instant),
            column("是否逾期", "overdue", "/overdue", YesNo),
            column("办结时间", "resolvedAt", "/resolvedAt", Instant),
            column("办结情况", "resolution", "/resolution", Text),
            column("追回金额（元）", "recovered", "/recovered", Number),
            column("支付金额（元）", "paid", "/paid", Number),
            column("销号时间", "closedAt", "/closedAt", Instant),
            column("评分", "score", "/score", Number),
        ],
    },
    List {
        field: "whistles",
        filter: "WhistleFilter",
        title: "哨单",
        columns: &[
            column("案件编号", "case { number }", "/case/number", Text),
            column("吹哨方类型", "from", "/from", Word("HandlerKind")),
            column("被吹哨方类型", "to", "/to", Word("HandlerKind")),
            column("被吹哨方", "target { name }", "/target/name", Text),
            column("是否主办", "lead", "/lead", YesNo),
            column("状态", "status", "/status", Word("WhistleStatus")),
            column("吹哨时间", "raisedAt", "/raisedAt", Instant),
            column("报到时限", "checkInDueAt", "/checkInDueAt", Instant),
            column("报到时间", "checkedInAt", "/checkedInAt", Instant),
            column("是否超时未报到", "overdue", "/overdue", YesNo),
            column("办结时间", "concludedAt", "/concludedAt", Instant),
            column("办结情况", "result", "/result", Text),
        ],
    },
];

//! People, the bodies they sit on, and where they help.

use super::{
    List,
    Shown::{Number, Text, Word},
    column,
};

const AREA: &str = "area { code name }";
const PARENT: &str = "parent { name area { code } }";
/// Those held today.
const POSTS: &str = "posts(first: 200, filter: {current: true}) { nodes { role unit { name } } pageInfo { hasNextPage } }";
const TERM: &str = "currentTerm { number electedOn endsOn filedOn filingNumber }";
const CHAIR: &str = "chair: members(first: 1, filter: {current: true, role: {eq: CHAIR}}) { nodes { name } }";
const MEMBERS: &str = "members(first: 200, filter: {current: true}) { nodes { name } pageInfo { hasNextPage } }";
const CLAIMED: &str = "claims(first: 200, filter: {ended: false}) { nodes { dutyPost { name } } pageInfo { hasNextPage } }";
const HOLDERS: &str = "claims(first: 200, filter: {ended: false}) { nodes { doubleReport { name } } pageInfo { hasNextPage } }";

pub const LISTS: &[List] = &[
    List {
        field: "persons",
        filter: "PersonFilter",
        title: "人员",
        columns: &[
            column("姓名", "name", "/name", Text),
            column("手机", "phone", "/phone", Text),
            column("现任岗位", POSTS, "/posts/nodes/*/role", Word("PostRole")),
            column("所在单位", POSTS, "/posts/nodes/*/unit/name", Text),
        ],
    },
    List {
        field: "departments",
        filter: "DepartmentFilter",
        title: "职能部门",
        columns: &[column("区县代码", "district { code }", "/district/code", Text), column("部门名称", "name", "/name", Text)],
    },
    List {
        field: "partyBranches",
        filter: "PartyBranchFilter",
        title: "党组织",
        columns: &[
            column("所在区划代码", "area { code }", "/area/code", Text),
            column("党组织名称", "name", "/name", Text),
            column("类型", "branchKind", "/branchKind", Word("PartyBranchKind")),
            column("上级所在区划代码", PARENT, "/parent/area/code", Text),
            column("上级党组织", PARENT, "/parent/name", Text),
            column("成立日期", "establishedOn", "/establishedOn", Text),
            column("撤销日期", "endedOn", "/endedOn", Text),
        ],
    },
    List {
        field: "partyInstructors",
        filter: "PartyInstructorFilter",
        title: "选派人员",
        columns: &[
            column("姓名", "name", "/name", Text),
            column("类型", "kind", "/kind", Word("InstructorKind")),
            column("派出单位", "sentBy", "/sentBy", Text),
            column("所在区划代码", AREA, "/area/code", Text),
            column("所在区划", AREA, "/area/name", Text),
            column("派驻党组织", "partyBranch { name }", "/partyBranch/name", Text),
            column("派驻物业企业", "firm { name }", "/firm/name", Text),
            column("起始日期", "startsOn", "/startsOn", Text),
            column("终止日期", "endedOn", "/endedOn", Text),
        ],
    },
    List {
        field: "committees",
        filter: "CommitteeFilter",
        title: "委员会",
        columns: &[
            column("所在区划代码", AREA, "/area/code", Text),
            column("所在区划", AREA, "/area/name", Text),
            column("名称", "name", "/name", Text),
            column("类型", "committeeKind", "/committeeKind", Word("CommitteeKind")),
            column("小区", "complex { name }", "/complex/name", Text),
            column("党支部", "partyBranch { name }", "/partyBranch/name", Text),
            column("成立日期", "establishedOn", "/establishedOn", Text),
            column("届次", TERM, "/currentTerm/number", Number),
            column("选举日期", TERM, "/currentTerm/electedOn", Text),
            column("任期届满日", TERM, "/currentTerm/endsOn", Text),
            column("备案日期", TERM, "/currentTerm/filedOn", Text),
            column("备案号", TERM, "/currentTerm/filingNumber", Text),
            column("主任", CHAIR, "/chair/nodes/*/name", Text),
            column("现任委员", MEMBERS, "/members/nodes/*/name", Text),
            column("解散日期", "dissolvedOn", "/dissolvedOn", Text),
            column("数据来源", "provenance", "/provenance", Word("Provenance")),
        ],
    },
    List {
        field: "pairings",
        filter: "PairingFilter",
        title: "结对联系",
        columns: &[
            column("类型", "kind", "/kind", Word("PairingKind")),
            column("部门", "department { name }", "/department/name", Text),
            column("领导", "person { name }", "/person/name", Text),
            column("所在区划代码", AREA, "/area/code", Text),
            column("所在区划", AREA, "/area/name", Text),
            column("小区", "complex { name }", "/complex/name", Text),
            column("职责", "duty", "/duty", Text),
            column("起始日期", "startsOn", "/startsOn", Text),
            column("终止日期", "endsOn", "/endsOn", Text),
            column("数据来源", "provenance", "/provenance", Word("Provenance")),
        ],
    },
    List {
        field: "doubleReports",
        filter: "DoubleReportFilter",
        title: "双报到",
        columns: &[
            column("类型", "kind", "/kind", Word("DoubleReportKind")),
            column("名称", "name", "/name", Text),
            column("所在区划代码", AREA, "/area/code", Text),
            column("所在区划", AREA, "/area/name", Text),
            column("报到党组织", "partyBranch { name }", "/partyBranch/name", Text),
            column("报到小区", "complex { name }", "/complex/name", Text),
            column("申报服务项目", "service", "/service", Text),
            column("特长", "skills", "/skills", Text),
            column("认领岗位", CLAIMED, "/claims/nodes/*/dutyPost/name", Text),
            column("已确认服务时长（小时）", "serviceHours", "/serviceHours", Number),
            column("起始日期", "startsOn", "/startsOn", Text),
            column("终止日期", "endedOn", "/endedOn", Text),
            column("数据来源", "provenance", "/provenance", Word("Provenance")),
        ],
    },
    List {
        field: "dutyPosts",
        filter: "DutyPostFilter",
        title: "岗位",
        columns: &[
            column("所在区划代码", AREA, "/area/code", Text),
            column("所在区划", AREA, "/area/name", Text),
            column("小区", "complex { name }", "/complex/name", Text),
            column("名称", "name", "/name", Text),
            column("职责", "duties", "/duties", Text),
            column("岗位数", "places", "/places", Number),
            column("已认领数", "claimed", "/claimed", Number),
            column("认领人", HOLDERS, "/claims/nodes/*/doubleReport/name", Text),
            column("终止日期", "endedOn", "/endedOn", Text),
        ],
    },
];

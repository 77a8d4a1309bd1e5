//! Property firms, where they are admitted and whom they serve.

use super::{
    List,
    Shown::{Number, Text, Word, YesNo},
    column,
};

/// The latest.
const ADMISSION: &str = "admissions(first: 1) { nodes { district { name } admittedOn basis leftOn leftBecause } }";
const FIRM: &str = "firm { name creditCode district { code } }";
const COMPLEX: &str = "complex { name area { code } }";
/// The rates of property service taken today.
const FEES: &str =
    "fees(first: 200, filter: {current: true, item: {eq: PROPERTY_SERVICE}}) { nodes { amount unit detail } pageInfo { hasNextPage } }";

pub const LISTS: &[List] = &[
    List {
        field: "propertyFirms",
        filter: "PropertyFirmFilter",
        title: "物业企业",
        columns: &[
            column("区县代码", "district { code }", "/district/code", Text),
            column("企业名称", "name", "/name", Text),
            column("统一社会信用代码", "creditCode", "/creditCode", Text),
            column("最近准入区县", ADMISSION, "/admissions/nodes/*/district/name", Text),
            column("最近准入日期", ADMISSION, "/admissions/nodes/*/admittedOn", Text),
            column("最近准入依据", ADMISSION, "/admissions/nodes/*/basis", Text),
            column("退出日期", ADMISSION, "/admissions/nodes/*/leftOn", Text),
            column("退出原因", ADMISSION, "/admissions/nodes/*/leftBecause", Text),
            column("数据来源", "provenance", "/provenance", Word("Provenance")),
        ],
    },
    List {
        field: "firmAdmissions",
        filter: "FirmAdmissionFilter",
        title: "物业企业准入",
        columns: &[
            column("区县代码", "district { code name }", "/district/code", Text),
            column("区县", "district { code name }", "/district/name", Text),
            column("企业名称", FIRM, "/firm/name", Text),
            column("统一社会信用代码", FIRM, "/firm/creditCode", Text),
            column("准入日期", "admittedOn", "/admittedOn", Text),
            column("准入依据", "basis", "/basis", Text),
            column("退出日期", "leftOn", "/leftOn", Text),
            column("退出原因", "leftBecause", "/leftBecause", Text),
            column("数据来源", "provenance", "/provenance", Word("Provenance")),
        ],
    },
    List {
        field: "firmContracts",
        filter: "FirmContractFilter",
        title: "物业服务合同",
        columns: &[
            column("区县代码", FIRM, "/firm/district/code", Text),
            column("企业名称", FIRM, "/firm/name", Text),
            column("所在区划代码", COMPLEX, "/complex/area/code", Text),
            column("小区名称", COMPLEX, "/complex/name", Text),
            column("起始日期", "startsOn", "/startsOn", Text),
            column("终止日期", "endsOn", "/endsOn", Text),
            column("是否有效", "current", "/current", YesNo),
            column("提前终止原因", "endedBecause", "/endedBecause", Text),
            column("物业服务费（元）", FEES, "/fees/nodes/*/amount", Number),
            column("计费单位", FEES, "/fees/nodes/*/unit", Word("FeeUnit")),
            column("收费对象", FEES, "/fees/nodes/*/detail", Text),
        ],
    },
];

//! What was done to the records, and the ways in and out.

use super::{
    List,
    Shown::{Change, Instant, Number, Text, Word, YesNo},
    column,
};

const AREA: &str = "area { code name }";

pub const LISTS: &[List] = &[
    List {
        field: "recordChanges",
        filter: "RecordChangeFilter",
        title: "变更记录",
        columns: &[
            column("录入时间", "at", "/at", Instant),
            column("所在区划代码", AREA, "/area/code", Text),
            column("所在区划", AREA, "/area/name", Text),
            column("档案类型", "recordKind", "/recordKind", Word("RecordKind")),
            column("档案标识", "recordId", "/recordId", Text),
            column("变更类型", "kind", "/kind", Word("RecordChangeKind")),
            column("变更内容", "fields { name from to hidden }", "/fields/*", Change),
            column("说明", "note", "/note", Text),
            column("经办人", "actor { name }", "/actor/name", Text),
            column("版本", "version", "/version", Number),
        ],
    },
    List {
        field: "importJobs",
        filter: "ImportJobFilter",
        title: "导入任务",
        columns: &[
            column("导入对象", "kind", "/kind", Word("ImportKind")),
            column("文件名", "fileName", "/fileName", Text),
            column("状态", "status", "/status", Word("ImportStatus")),
            column("提交人", "startedBy { name }", "/startedBy/name", Text),
            column("提交人管理的区划", "area { name }", "/area/name", Text),
            column("提交时间", "queuedAt", "/queuedAt", Instant),
            column("开始时间", "startedAt", "/startedAt", Instant),
            column("结束时间", "finishedAt", "/finishedAt", Instant),
            column("总行数", "linesTotal", "/linesTotal", Number),
            column("新增条数", "created", "/created", Number),
            column("更新条数", "changed", "/changed", Number),
            column("未变条数", "unchanged", "/unchanged", Number),
            column("问题数", "problems { totalCount }", "/problems/totalCount", Number),
        ],
    },
    List {
        field: "webhooks",
        filter: "WebhookFilter",
        title: "回调",
        columns: &[
            column("所在区划代码", AREA, "/area/code", Text),
            column("所在区划", AREA, "/area/name", Text),
            column("网址", "url", "/url", Text),
            column("事项", "kinds", "/kinds/*", Word("CaseEventKind")),
            column("是否启用", "active", "/active", YesNo),
            column("创建时间", "createdAt", "/createdAt", Instant),
        ],
    },
];

//! `Department` and `Matter`, and the roots that list what departments keep.

pub mod document;
pub mod mutation;
pub mod pairing;

use std::collections::HashMap;

use async_graphql::ID;
use entity::{CaseCategory, DepartmentId, HandlerKind, MatterId, Provenance, department, matter};

pub use self::{
    document::{
        DocumentMutation, DocumentVersion, DocumentVersionFilter, DocumentVersionOrderField, GoverningDocument, GoverningDocumentFilter,
        GoverningDocumentOrderField,
    },
    mutation::DepartmentMutation,
    pairing::{Pairing, PairingFilter, PairingMutation, PairingOrderField},
};
use super::{
    scope::{self, DepartmentOrder, DepartmentWhere, Departments, MatterOrder, MatterWhere, Matters},
    service,
};
use crate::{
    app::Cx,
    area::graphql::Area,
    graphql::{
        error::ApiError,
        filter::{EnumFilter, IdFilter, ListFilter, TextFilter, filters},
        id::global,
        page::OrderDirection,
        plan::{self, Listed, Rec, Selection},
        scalar::{AreaCode, Date},
    },
    object, orders,
    person::{
        self,
        graphql::{Post, PostFilter, PostOrderField},
    },
    query,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField},
        scope::OF_RECORD,
    },
};

object! {
    /// A department of a district 职能部门. It is called by whistle 部门报到 and may decline with a reason 退哨.
    Department: department::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Its name 名称.
        pub name: &str = |row| &row.name,
        /// Always `DEPARTMENT` 处置主体类型.
        pub kind: HandlerKind = |_| HandlerKind::Department,
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// Its last day; null where none is set 撤销日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    relations {
        /// The district 所属区.
        district: Area = |department| Some(department.district_id),
    }
    lists {
        /// The matters it answers for, in the lead or assisting 负责事项.
        matters: Matter(MatterFilter, MatterOrderField) = |department| department.id, scope::OF_DEPARTMENT,
        /// The posts of its officers, past ones too 工作人员任职.
        posts: Post(PostFilter, PostOrderField) = |department| department.id.0, person::scope::OF_UNIT,
        /// The communities and complexes it is paired with, past ones too 结对社区、小区.
        pairings: Pairing(PairingFilter, PairingOrderField) = |department| department.id, scope::PAIRINGS_OF_DEPARTMENT,
        /// What was done to its record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |department| department.id.0, OF_RECORD,
    }
}

impl Listed for Department {
    type Noun = Departments;
    type Filter = DepartmentFilter;
    type Order = DepartmentOrderField;

    const ORDER: (DepartmentOrderField, OrderDirection) = (DepartmentOrderField::Name, OrderDirection::Asc);
}

filters! {
    /// Which departments 部门筛选; all that is given must hold.
    DepartmentFilter => DepartmentWhere {
        /// By id 标识.
        id: IdFilter => id::<DepartmentId>(DepartmentWhere::Id),
        /// By name 名称.
        name: TextFilter => test(DepartmentWhere::Name),
        /// Of the districts in the subtree of this area 所属区划 (含下级).
        area: AreaCode => within(DepartmentWhere::Within),
        /// Whether the last day is over; both when left out 是否已终止.
        ended: bool => ended(DepartmentWhere::Lasting),
        /// By the matters it answers for, in the lead or assisting; those that have ended too unless it says `ended` 负责事项.
        matters: ListFilter<MatterFilter> => list::<Matter>(DepartmentWhere::Matters),
        /// By its pairings, past ones too unless it says `current` or `on` 结对社区、小区.
        pairings: ListFilter<PairingFilter> => list::<Pairing>(DepartmentWhere::Pairings),
        /// By the posts of its officers, past ones too unless it says `current` or `on` 工作人员任职.
        posts: ListFilter<PostFilter> => list::<Post>(DepartmentWhere::Posts),
    }
}

orders! {
    /// What departments are ordered by 部门排序字段.
    DepartmentOrderField("DepartmentOrder") => DepartmentOrder {
        /// By name 名称.
        Name,
    }
}

object! {
    /// A matter of a district's catalogue 行政执法清单事项: which department answers for it, on which legal basis.
    Matter: matter::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Its code in the district's catalogue 事项编码.
        code: &str = |row| &row.code,
        /// Its name 事项名称.
        pub name: &str = |row| &row.name,
        /// The class of problem it belongs to 问题类别.
        category: CaseCategory = |row| row.category,
        /// The law it rests on; null where the catalogue names none 法律依据.
        legal_basis: Option<&str> = |row| row.legal_basis.as_deref(),
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// The last day on which cases take it; null where none is set 终止日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    values {
        /// The departments that assist 协办部门.
        assisting_departments: Vec<Department>,
    }
    relations {
        /// The department in the lead; null where none is named yet 主办部门.
        lead_department: Department,
        /// The district whose catalogue it is in 所属区.
        district: Area = |matter| Some(matter.district_id),
    }
    lists {
        /// What was done to its record, by whom and when; who answered for it from when on stands in the notes. For officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |matter| matter.id.0, OF_RECORD,
    }
    fill |cx, rows, selection| {
        fill_departments(cx, rows, selection).await?;
    }
}

async fn fill_departments(cx: &Cx, rows: &mut [Rec<matter::Model>], selection: &Selection<'_>) -> Result<(), ApiError> {
    if !selection.has("leadDepartment") && !selection.has("assistingDepartments") {
        return Ok(());
    }
    let mut leads = HashMap::new();
    let mut links: Vec<(MatterId, department::Model)> = Vec::new();
    for (matter, departments) in service::answering(cx, &plan::distinct(rows.iter().map(|r| r.row.id))).await? {
        for (lead, department) in departments {
            if lead {
                leads.insert(matter, department);
            } else {
                links.push((matter, department));
            }
        }
    }
    plan::one_of::<Department, _, _>(cx, rows, selection, "leadDepartment", |matter| Some(matter.id), leads).await?;
    let (matters, departments): (Vec<MatterId>, Vec<department::Model>) = links.into_iter().unzip();
    let objects = plan::wrap::<Department>(cx, departments, &selection.under("assistingDepartments")).await?;
    let mut assisting: HashMap<MatterId, Vec<Department>> = HashMap::new();
    for (matter, department) in matters.into_iter().zip(objects) {
        assisting.entry(matter).or_default().push(department);
    }
    plan::value(rows, selection, "assistingDepartments", |matter| matter.id, &assisting);
    Ok(())
}

impl Listed for Matter {
    type Noun = Matters;
    type Filter = MatterFilter;
    type Order = MatterOrderField;

    const ORDER: (MatterOrderField, OrderDirection) = (MatterOrderField::Code, OrderDirection::Asc);
}

filters! {
    /// Which matters 事项筛选; all that is given must hold.
    MatterFilter => MatterWhere {
        /// By id 标识.
        id: IdFilter => id::<MatterId>(MatterWhere::Id),
        /// By code 事项编码.
        code: TextFilter => test(MatterWhere::Code),
        /// By name 事项名称.
        name: TextFilter => test(MatterWhere::Name),
        /// By class of problem 问题类别.
        category: EnumFilter<CaseCategory> => test(MatterWhere::Category),
        /// By a department that answers for it, in the lead or assisting 责任部门.
        department: DepartmentFilter => related(MatterWhere::Department),
        /// Of the districts in the subtree of this area 所属区划 (含下级).
        area: AreaCode => within(MatterWhere::Within),
        /// Whether the last day is over; both when left out 是否已终止.
        ended: bool => ended(MatterWhere::Lasting),
    }
}

orders! {
    /// What matters are ordered by 事项排序字段.
    MatterOrderField("MatterOrder") => MatterOrder {
        /// By code 事项编码.
        Code,
    }
}

query! {
    DepartmentQuery {}
    lists {
        /// Departments; none for visitors who are not signed in 职能部门.
        departments: Department(DepartmentFilter, DepartmentOrderField),
        /// The districts' catalogues of matters; none for visitors who are not signed in 行政执法清单.
        matters: Matter(MatterFilter, MatterOrderField),
        /// Pairings of departments and leaders with communities and complexes, past ones too; the latest first; none for visitors 结对联系.
        pairings: Pairing(PairingFilter, PairingOrderField),
        /// Governing documents 制度文件: all that were published, withdrawn ones too; drafts for officials of the area.
        governing_documents: GoverningDocument(GoverningDocumentFilter, GoverningDocumentOrderField),
    }
}

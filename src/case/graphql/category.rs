//! What districts call the classes of problem: `CaseCategoryName`, the record `CategoryName` with its mutations, and the words beside the classes of cases.

use std::collections::HashMap;

use async_graphql::{Context, ID, MaybeUndefined, Object, SimpleObject};
use entity::{CaseCategory, CaseId, case_file, category_name};

use super::level::{district, general_word, new_word};
use crate::{
    app::Cx,
    area::graphql::Area,
    case::{
        scope::{CategoryNames, WordOrder, WordWhere},
        service,
    },
    graphql::{
        context::cx,
        error::ApiError,
        filter::{EnumFilter, filters},
        id::global,
        input::{TEXT, maybe_text},
        page::OrderDirection,
        plan::{self, Listed, Rec, Selection},
        scalar::{AreaCode, Date},
    },
    object, orders,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField, inputs, mutations},
        scope::OF_RECORD,
    },
};

object! {
    /// What a district calls a class of problem, and its saying about it 问题类别名称. It has ended where the district went back to the general word.
    CategoryName: category_name::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Which class 问题类别.
        category: CaseCategory = |row| row.category,
        /// What the district calls it, such as 家里事 名称.
        name: &str = |row| &row.name,
        /// What it says of the class; null where nothing 口号.
        motto: Option<&str> = |row| row.motto.as_deref(),
        /// The day on which the district went back to the general word; null while it uses this one 停用日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    relations {
        /// The district, or the city without districts 所属区县.
        area: Area = |row| Some(row.district_id),
    }
    lists {
        /// What was done to its record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |row| row.id.0, OF_RECORD,
    }
}

impl Listed for CategoryName {
    type Noun = CategoryNames;
    type Filter = CategoryNameFilter;
    type Order = CategoryNameOrderField;

    const ORDER: (CategoryNameOrderField, OrderDirection) = (CategoryNameOrderField::Entered, OrderDirection::Asc);
}

filters! {
    /// Which names of classes of problem 问题类别名称筛选; all that is given must hold.
    CategoryNameFilter => WordWhere {
        /// By class 问题类别.
        category: EnumFilter<CaseCategory> => test(WordWhere::Of),
        /// Whether the district uses them still 是否有效.
        in_force: bool => fact(WordWhere::InForce),
    }
}

orders! {
    /// What names of classes of problem are ordered by 问题类别名称排序字段.
    CategoryNameOrderField("CategoryNameOrder") => WordOrder {
        /// By when they were entered 录入顺序.
        Entered,
    }
}

/// What a class of problem is called somewhere 某地对问题类别的称呼.
#[derive(Clone, Debug, SimpleObject)]
pub struct CaseCategoryName {
    /// Which class 问题类别.
    category: CaseCategory,
    /// What the district calls it; where it has not named it, the general word, in the language of `Accept-Language` 名称.
    name: String,
    /// What the district says of it; null where nothing 口号.
    motto: Option<String>,
    /// Whether the district has named it itself 是否由本区县命名.
    own: bool,
}

impl CaseCategoryName {
    fn of(category: CaseCategory, named: Option<category_name::Model>) -> Self {
        match named {
            Some(row) => Self { category, name: row.name, motto: row.motto, own: true },
            None => Self { category, name: general(category), motto: None, own: false },
        }
    }
}

/// The general word for a class of problem, in the language of the request.
fn general(category: CaseCategory) -> String {
    match category {
        CaseCategory::Violation => general_word("category-violation"),
        CaseCategory::Dispute => general_word("category-dispute"),
        CaseCategory::Hazard => general_word("category-hazard"),
        CaseCategory::PropertyService => general_word("category-property-service"),
        CaseCategory::Service => general_word("category-service"),
    }
}

/// What the classes of cases are called in their districts.
pub(super) async fn fill_category_names(cx: &Cx, rows: &mut [Rec<case_file::Model>], selection: &Selection<'_>) -> Result<(), ApiError> {
    if !selection.has("categoryName") {
        return Ok(());
    }
    let words = service::own_words::<CategoryNames>(cx, &plan::distinct(rows.iter().map(|r| r.row.district_id))).await?;
    let word = |case: &case_file::Model| {
        words.get(&(case.district_id, case.category)).map_or_else(|| general(case.category), |named| named.name.clone())
    };
    let names: HashMap<CaseId, String> = rows.iter().map(|r| (r.row.id, word(&r.row))).collect();
    plan::value(rows, selection, "categoryName", |case| case.id, &names);
    Ok(())
}

#[derive(Default)]
pub struct CategoryQuery;

#[Object]
impl CategoryQuery {
    /// What the classes of problem are called where an area lies, in the words of its district or of its city without districts; general words where that has none
    /// of its own. `BAD_USER_INPUT` where there is no such area, or it has districts below it 各问题类别在当地的称呼.
    async fn case_categories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A district, or an area below one 区县或其下级区划")] area: AreaCode,
    ) -> Result<Vec<CaseCategoryName>, ApiError> {
        let cx = cx(ctx)?;
        let district = district(cx, &area).await?;
        let mut words = service::own_words::<CategoryNames>(cx, &[district]).await?;
        Ok(CaseCategory::ALL.iter().map(|category| CaseCategoryName::of(*category, words.remove(&(district, *category)))).collect())
    }
}

inputs! {
    /// Naming a class of problem in the words of a district 设定问题类别名称.
    changes NameCaseCategoryInput {
        /// The district, or the city without districts 区县.
        area: AreaCode,
        /// Which class 问题类别.
        category: CaseCategory,
        /// What it is called there, such as 家里事: 1 to 20 characters 名称.
        name: String,
        /// What the district says of it: at most 50 characters; it stays when left out, and is no more when null or blank 口号.
        motto: MaybeUndefined<String>,
    }

    /// Going back to the general word for a class of problem 撤销问题类别名称.
    changes UnnameCaseCategoryInput {
        /// The district, or the city without districts 区县.
        area: AreaCode,
        /// Which class 问题类别.
        category: CaseCategory,
        /// Why, in words, at most 4,000 characters 原因.
        reason: Option<String>,
    }
}

mutations! {
    CategoryMutation {
        /// Says what a district calls a class of problem, or calls it otherwise 设定问题类别名称. By an administrator of the district or of an area above it. A class that is not
        /// named has version 0. `NOT_FOUND` where the area is no district.
        name_case_category(NameCaseCategoryInput: "Where, which class and what it is called 区县、问题类别及名称") -> NameCaseCategoryPayload { category_name: CategoryName } = |cx, input| {
            let terms = input.terms()?;
            service::name_word::<CategoryNames>(cx, terms, new_word(input.area, input.category, &input.name, input.motto)?)
        };

        /// Goes back to the general word for a class of problem 撤销问题类别名称, by those who may name it. `INVALID_STATE` where the district has not named it.
        unname_case_category(UnnameCaseCategoryInput: "Where, and which class 区县及问题类别") -> UnnameCaseCategoryPayload { category_name: CategoryName } = |cx, input| {
            let (terms, reason) = (input.terms()?, maybe_text(input.reason.as_deref(), "reason", TEXT)?);
            service::unname_word::<CategoryNames>(cx, terms, input.area.0, input.category, reason)
        };
    }
}

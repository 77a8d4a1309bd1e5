//! Merges the features' roots; the only file that names them all.

mod search;

use std::collections::HashMap;

use async_graphql::{Context, ID, Interface, MergedObject, MergedSubscription, Object, SDLExportOptions};

use self::search::SearchQuery;
use crate::{
    area::graphql::{Area, AreaMutation, AreaQuery},
    attachment::graphql::{Attachment, AttachmentMutation},
    calendar::graphql::{CalendarMutation, CalendarQuery},
    case::graphql::{
        Case, CaseEvent, CaseEvidenceMutation, CaseIntakeMutation, CaseMutation, CasePacingMutation, CaseQuery, CaseSubscription,
        CategoryMutation, CategoryName, CategoryQuery, ChangesQuery, DeadlineExtension, DeadlinePolicy, DeadlinePolicyMutation,
        DeadlinePolicyQuery, Handler, HandlingPath, HandlingPathMutation, HandlingPathQuery, LevelMutation, LevelName, LevelQuery,
        Register, RegisterCasesMutation, RegisterMutation, Whistle,
    },
    committee::graphql::{Committee, CommitteeEvent, CommitteeMember, CommitteeMutation, CommitteeQuery, CommitteeTerm},
    complex::graphql::{
        Building, Complex, ComplexHonour, ComplexMutation, ComplexPartsMutation, ComplexQuery, Courtyard, Dwelling, Stairwell,
    },
    department::graphql::{
        Department, DepartmentMutation, DepartmentQuery, DocumentMutation, DocumentVersion, GoverningDocument, Matter, Pairing,
        PairingMutation,
    },
    double_report::graphql::{DoubleReport, DoubleReportMutation, DoubleReportQuery, DutyClaim, DutyPost, ServiceRecord},
    firm::graphql::{ContractFee, FirmAdmission, FirmContract, FirmMutation, FirmQuery, PropertyFirm, ServiceItem},
    graphql::{error::ApiError, id::GlobalId, plan},
    grid::graphql::{Grid, GridFund, GridFundEntry, GridFundMutation, GridFundQuery, GridMutation, GridQuery},
    import::graphql::{ImportJob, ImportMutation, ImportQuery, ImportSubscription},
    notification::graphql::{Notification, NotificationMutation, NotificationSubscription},
    party::graphql::{PartyBranch, PartyCover, PartyInstructor, PartyMembership, PartyMutation, PartyQuery},
    person::graphql::{Person, PersonKeepingMutation, PersonMutation, PersonQuery, Post},
    record::graphql::{RecordChange, RecordQuery},
    webhook::graphql::{Webhook, WebhookDelivery, WebhookMutation, WebhookQuery},
};

/// Ids that `nodes` takes at most.
const MOST_NODES: usize = 200;

macro_rules! nodes {
    ($($variant:ident => $ty:ident),+ $(,)?) => {
        /// A record with an identity 有标识的记录 (Relay).
        #[derive(Clone, Interface)]
        #[graphql(field(name = "id", ty = "ID", desc = "The global id 全局标识."))]
        pub enum Node { $($ty($ty)),+ }

        async fn load(ctx: &Context<'_>, ids: &[GlobalId]) -> Result<HashMap<GlobalId, Node>, ApiError> {
            let mut found = HashMap::with_capacity(ids.len());
            $(
                let wanted: Vec<_> = ids.iter().filter_map(|id| if let GlobalId::$variant(id) = id { Some(*id) } else { None }).collect();
                if !wanted.is_empty() {
                    found.extend(plan::by_ids::<$ty>(ctx, wanted).await?.into_iter().map(|(id, object)| (id.into(), Node::$ty(object))));
                }
            )+
            Ok(found)
        }

        // a type of id without a type of node does not compile
        const _: fn(GlobalId) = |id| match id { $(GlobalId::$variant(_) => {}),+ };
    };
}

nodes! {
    Area => Area,
    Attachment => Attachment,
    Building => Building,
    Case => Case,
    CaseEvent => CaseEvent,
    Committee => Committee,
    CommitteeEvent => CommitteeEvent,
    CommitteeMember => CommitteeMember,
    CommitteeTerm => CommitteeTerm,
    Complex => Complex,
    DeadlineExtension => DeadlineExtension,
    DeadlinePolicy => DeadlinePolicy,
    Department => Department,
    Firm => PropertyFirm,
    FirmContract => FirmContract,
    Grid => Grid,
    HandlingPath => HandlingPath,
    ImportJob => ImportJob,
    Matter => Matter,
    Notification => Notification,
    PartyBranch => PartyBranch,
    Person => Person,
    Post => Post,
    RecordChange => RecordChange,
    Register => Register,
    Webhook => Webhook,
    WebhookDelivery => WebhookDelivery,
    Whistle => Whistle,
    GridFund => GridFund,
    GridFundEntry => GridFundEntry,
    DoubleReport => DoubleReport,
    DutyClaim => DutyClaim,
    DutyPost => DutyPost,
    PartyCover => PartyCover,
    PartyInstructor => PartyInstructor,
    PartyMembership => PartyMembership,
    ServiceRecord => ServiceRecord,
    Stairwell => Stairwell,
    Dwelling => Dwelling,
    Courtyard => Courtyard,
    ComplexHonour => ComplexHonour,
    ContractFee => ContractFee,
    DocumentVersion => DocumentVersion,
    FirmAdmission => FirmAdmission,
    GoverningDocument => GoverningDocument,
    LevelName => LevelName,
    CategoryName => CategoryName,
    Pairing => Pairing,
    ServiceItem => ServiceItem,
}

#[derive(Default)]
struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The record with this id; null where there is none or you may not see it 按标识查询.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "A global id 全局标识")] id: ID) -> Result<Option<Node>, ApiError> {
        let Some(id) = GlobalId::parse(&id) else { return Ok(None) };
        Ok(load(ctx, &[id]).await?.remove(&id))
    }

    /// The records with these ids, in their order; null where there is none or you may not see it 按标识批量查询.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids, at most 200 全局标识")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>, ApiError> {
        if ids.len() > MOST_NODES {
            return Err(ApiError::bad_input("too-many-ids").with("max", MOST_NODES).with("given", ids.len()));
        }
        let ids: Vec<Option<GlobalId>> = ids.iter().map(|id| GlobalId::parse(id)).collect();
        let known: Vec<GlobalId> = ids.iter().copied().flatten().collect();
        let found = load(ctx, &known).await?;
        Ok(ids.into_iter().map(|id| found.get(&id?).cloned()).collect())
    }
}

/// What can be asked 查询.
#[derive(Default, MergedObject)]
pub struct Query(
    NodeQuery,
    SearchQuery,
    AreaQuery,
    ComplexQuery,
    GridQuery,
    GridFundQuery,
    FirmQuery,
    PartyQuery,
    DoubleReportQuery,
    CommitteeQuery,
    DepartmentQuery,
    PersonQuery,
    RecordQuery,
    CaseQuery,
    ChangesQuery,
    DeadlinePolicyQuery,
    LevelQuery,
    CategoryQuery,
    HandlingPathQuery,
    CalendarQuery,
    WebhookQuery,
    ImportQuery,
);

/// What can be done 变更.
#[derive(Default, MergedObject)]
pub struct Mutation(
    CaseMutation,
    CasePacingMutation,
    CaseEvidenceMutation,
    CaseIntakeMutation,
    AttachmentMutation,
    DeadlinePolicyMutation,
    LevelMutation,
    CategoryMutation,
    HandlingPathMutation,
    PersonMutation,
    PersonKeepingMutation,
    RegisterMutation,
    RegisterCasesMutation,
    CommitteeMutation,
    PartyMutation,
    DoubleReportMutation,
    FirmMutation,
    DepartmentMutation,
    PairingMutation,
    DocumentMutation,
    CalendarMutation,
    NotificationMutation,
    WebhookMutation,
    AreaMutation,
    GridMutation,
    GridFundMutation,
    ImportMutation,
    ComplexMutation,
    ComplexPartsMutation,
);

/// What can be followed live 订阅.
#[derive(Default, MergedSubscription)]
pub struct Subscription(CaseSubscription, NotificationSubscription, ImportSubscription);

pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// No engine extensions: each costs every field. Limits, tracing and the guard are the transports'.
pub fn build() -> Schema {
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<Handler>()
        .disable_suggestions()
        .finish()
}

/// The schema as it is published in `schema.graphql`.
pub fn sdl() -> String {
    let options = SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items().include_specified_by();
    build().sdl_with_options(options)
}

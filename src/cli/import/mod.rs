//! `chuishao import`: takes in a file from outside, all of it or nothing. It may run beside a server.

mod holidays;
mod table;

use std::{path::PathBuf, sync::Arc};

use clap::{Args, Subcommand};

use crate::{
    app::App, area, clock::Clock, committee::import as committees, complex::import as complexes, config::Config,
    department::import as departments, double_report::import as double_reports, firm::import as firms, grid, party, person,
};

/// What can be taken in.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Holidays and make-up workdays of the whole country: a CSV file with the columns date,kind,festival
    Holidays {
        /// The file; kind is OFF for a holiday, WORK for a make-up workday
        file: PathBuf,
    },
    /// Areas from the provinces down to the communities 行政区划: 代码, 名称, 级别, 上级代码
    Areas(Table),
    /// Grids and micro-grids 网格: 网格代码, 网格名称
    Grids(Table),
    /// Residential complexes 小区: 所在区划代码, 小区名称, 类型, 地址, 户数, 建筑面积, 经度, 纬度
    Complexes(Table),
    /// Buildings of complexes 楼栋: 所在区划代码, 小区名称, 序号, 楼栋名称, 网格代码, 层数, 单元数
    Buildings(Table),
    /// Dwellings of buildings 专有部分: 所在区划代码, 小区名称, 楼栋名称, 单元, 编号, 用途, 面积, 面积来源
    Dwellings(Table),
    /// Property firms 物业企业: 区县代码, 企业名称, 统一社会信用代码, 准入日期, 准入依据
    Firms(Table),
    /// Contracts of property firms 物业服务合同: 区县代码, 企业名称, 所在区划代码, 小区名称, 起始日期, 终止日期
    Contracts(Table),
    /// Party organisations 党组织: 所在区划代码, 党组织名称, 类型, 上级所在区划代码, 上级党组织, 成立日期, 覆盖小区
    Branches(Table),
    /// Departments 职能部门: 区县代码, 部门名称
    Departments(Table),
    /// The catalogue of matters 行政执法清单: 区县代码, 事项编码, 事项名称, 问题类别, 法律依据, 主办部门, 协办部门
    Matters(Table),
    /// Persons and their posts 人员及任职: 姓名, 手机, 登录名, 岗位, 区划代码, 单位名称, 起任日期, 离任日期
    Persons(Table),
    /// Committees with their terms and seats, a line for each seat 委员会及委员: 所在区划代码, 小区, 党支部, 类型, 委员会名称, 成立日期, 选举日期, 任期届满日, 备案日期, 备案号, 姓名, 手机, 登录名, 职务, 身份, 产生方式, 楼栋, 专有部分
    Committees(Table),
    /// Who belongs to which party organisation 党员组织关系: 所在区划代码, 党组织名称, 姓名, 手机, 登录名, 党内身份, 起始日期, 终止日期
    Members(Table),
    /// Double reports 双报到: 类型, 名称, 手机, 登录名, 所在区划代码, 报到党组织, 报到小区, 申报服务项目, 特长, 起始日期, 终止日期
    DoubleReports(Table),
}

/// A table in a file
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("one").required(true))]
pub struct Table {
    /// CSV (UTF-8 or GB 18030) or XLSX (its first visible sheet), the first line the names of the columns
    #[arg(group = "one")]
    file: Option<PathBuf>,
    /// Write an empty table to fill in instead, as CSV or XLSX by the file's name
    #[arg(long, value_name = "FILE", group = "one")]
    template: Option<PathBuf>,
}

pub async fn run(config: &Config, what: &Import) -> anyhow::Result<()> {
    match what {
        Import::Holidays { file } => holidays::run(config, file).await,
        Import::Areas(table) => table::run(config, table, area::import::COLUMNS, area::import::read, area::import::import).await,
        Import::Grids(table) => table::run(config, table, grid::import::COLUMNS, grid::import::read, grid::import::import).await,
        Import::Complexes(table) => table::run(config, table, complexes::COLUMNS, complexes::read, complexes::import).await,
        Import::Buildings(table) => {
            table::run(config, table, complexes::BUILDING_COLUMNS, complexes::read_building, complexes::import_buildings).await
        }
        Import::Dwellings(table) => {
            table::run(config, table, complexes::DWELLING_COLUMNS, complexes::read_dwelling, complexes::import_dwellings).await
        }
        Import::Firms(table) => table::run(config, table, firms::COLUMNS, firms::read, firms::import).await,
        Import::Contracts(table) => table::run(config, table, firms::CONTRACT_COLUMNS, firms::read_contract, firms::import_contracts).await,
        Import::Branches(table) => table::run(config, table, party::import::COLUMNS, party::import::read, party::import::import).await,
        Import::Departments(table) => table::run(config, table, departments::COLUMNS, departments::read, departments::import).await,
        Import::Matters(table) => {
            table::run(config, table, departments::MATTER_COLUMNS, departments::read_matter, departments::import_matters).await
        }
        Import::Persons(table) => table::run(config, table, person::import::COLUMNS, person::import::read, person::import::import).await,
        Import::Committees(table) => table::run(config, table, committees::COLUMNS, committees::read, committees::import).await,
        Import::Members(table) => {
            table::run(config, table, party::import::MEMBER_COLUMNS, party::import::read_member, party::import::import_members).await
        }
        Import::DoubleReports(table) => {
            table::run(config, table, double_reports::COLUMNS, double_reports::read, double_reports::import).await
        }
    }
}

/// The database that the settings name, brought up to date.
async fn open(config: &Config) -> anyhow::Result<Arc<App>> {
    super::must_have_database(config)?;
    let app = App::open(config, Clock::System, None).await?;
    app.db.migrate().await?;
    Ok(app)
}

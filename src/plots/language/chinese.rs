//! Chinese in simplified letters, as banks write it.

use super::{Law, Thing, Words};
use crate::measures::Measure;
use crate::plots::numbers::Numbers;
use crate::policy::attribution::Channel;
use crate::policy::bands::BandAttribute;
use crate::system::{Bearer, ScopeKind};

/// Measure word and name of what is counted.
const fn things(thing: Thing) -> &'static str {
    match thing {
        Thing::Policy => "项政策",
        Thing::Segment => "个客群",
        Thing::Lender => "家放贷机构",
        Thing::Bearer => "类承担者",
        Thing::Tranche => "个分层",
        Thing::Debt => "笔债务",
    }
}

/// A horizon as a length of time.
fn horizon(text: &str) -> String {
    let Some((count, unit)) = text.split_once(' ') else { return text.to_owned() };
    match unit.trim_end_matches('s') {
        "year" => format!("{count} 年"),
        "quarter" => format!("{count} 个季度"),
        "month" => format!("{count} 个月"),
        "week" => format!("{count} 周"),
        "day" => format!("{count} 天"),
        _ => text.to_owned(),
    }
}

const fn part(kind: ScopeKind) -> &'static str {
    match kind {
        ScopeKind::Lender => "放贷机构",
        ScopeKind::Segment | ScopeKind::System | ScopeKind::Total => "客群",
        ScopeKind::Bearer => "承担者",
        ScopeKind::Tranche => "分层",
    }
}

const fn attribute(attribute: BandAttribute) -> &'static str {
    match attribute {
        BandAttribute::All => "全体",
        BandAttribute::Income => "收入",
        BandAttribute::Age => "年龄",
        BandAttribute::Score => "评分",
        BandAttribute::Limit => "额度",
    }
}

const fn measure(measure: Measure) -> &'static str {
    match measure {
        Measure::ExpectedLoss => "EL",
        Measure::StandardDeviation => "标准差",
        Measure::ValueAtRisk => "VaR",
        Measure::ExpectedShortfall => "ES",
        Measure::EconomicCapital => "经济资本",
        Measure::ExceedanceProbability => "超额概率",
        Measure::Defaults => "违约数",
        Measure::LossPerDefault => "单笔违约损失",
        Measure::ExpectedLossPerCredit => "EL 与授信之比",
        Measure::ExpectedShortfallPerCredit => "ES 与授信之比",
        Measure::ExpectedShortfallOverMean => "ES 与 EL 之比",
        Measure::Credit => "授信余额",
        Measure::WithdrawnCredit => "压降授信",
        Measure::LeakedCredit => "外流授信",
        Measure::ReceivedCredit => "承接授信",
        Measure::Limits => "信贷额度",
        Measure::LimitCut => "额度压降",
        Measure::Exposure => "违约风险暴露",
        Measure::IrbCapital => "内评法资本",
        Measure::InterestIncomeLost => "利息收入损失",
        Measure::AccountsCut => "降额账户数",
        Measure::PeopleCut => "降额客户数",
        Measure::PeopleCutBelowBalance => "额度降至余额以下的客户数",
        Measure::OverIndebted => "过度负债占比",
        Measure::WithdrawnPerRelieved => "每名脱困客户压降授信",
        Measure::PeopleWithHigherOdds => "违约率上升的客户数",
        Measure::PeopleWithLowerOdds => "违约率下降的客户数",
        Measure::Failures => "机构倒闭数",
        Measure::FailuresAtLeast => "至少 m 家倒闭的概率",
        Measure::FailureProbability => "倒闭概率",
        Measure::CapitalShortfall => "资本缺口",
        Measure::BankruptcyCosts => "破产成本",
        Measure::FeedbackLoss => "第二轮损失",
        Measure::OtherAssetLoss => "其他资产损失",
        Measure::DebtRank => "DebtRank",
        Measure::Cascade => "连锁倒闭数",
        Measure::MarginalShortfall => "MES",
        Measure::DeltaCovar => "ΔCoVaR",
        Measure::Srisk => "SRISK",
        Measure::RiskWeightedAssets => "风险加权资产",
        Measure::CapitalRatio => "资本充足率",
    }
}

pub const WORDS: Words = Words {
    lang: " lang=\"zh-Hans\"",
    families: "DejaVu Sans, Verdana, Segoe UI, Noto Sans CJK SC, Source Han Sans SC, PingFang SC, \
               Microsoft YaHei, WenQuanYi Micro Hei, sans-serif",
    numbers: Numbers { group: ',', point: '.', before_percent: "" },
    scales: [(1e12, "万亿"), (1e8, "亿"), (1e6, "百万"), (1e4, "万")],
    unit: |currency, word| format!("{word} {currency}").trim().to_owned(),
    amount: |number, currency, word| match word {
        "" => format!("{number} {currency}"),
        word => format!("{number} {word} {currency}"),
    },
    horizons: |text| match text {
        "1 year" => "年".to_owned(),
        "1 quarter" => "季度".to_owned(),
        "1 month" => "月".to_owned(),
        "1 week" => "周".to_owned(),
        "1 day" => "天".to_owned(),
        _ => format!("以 {}为一期", horizon(text)),
    },
    and: |things| match things {
        [first @ .., last] if !first.is_empty() => format!("{}和 {last}", first.join("、")),
        _ => things.concat(),
    },
    comma: "，",
    unsampled: |engine, version| format!("{engine}，未作模拟 · tailcap {version}"),
    sampled: |trials, plan, seed, percent, version| {
        let plan = plan.map_or_else(String::new, |plan| format!("（{plan}）"));
        format!("{trials} 次模拟{plan} · 种子 {seed} · {percent} 置信区间 · tailcap {version}")
    },
    one_of: |label, trials, plan, seed| match trials {
        Some(trials) => {
            let plan = plan.map_or_else(String::new, |plan| format!("（{plan}）"));
            format!("{label}：{trials} 次模拟{plan}，种子 {seed}")
        }
        None => format!("{label}：{}，未作模拟", plan.unwrap_or("exact")),
    },
    of_all: |percent, version| {
        let bands = percent.map_or_else(String::new, |percent| format!("{percent} 置信区间 · "));
        format!("{bands}tailcap {version}")
    },
    sums: |version| format!("贷款组合的精确合计 · tailcap {version}"),
    source: |scenario, provenance| format!("{scenario}；{provenance}"),
    policies: |count| match count {
        0 => "无政策".to_owned(),
        _ => format!("{count} 项政策"),
    },
    more: |_, number, thing, table| format!("另有 {number} {}：见 {table}", things(thing)),
    hint: |names, value| format!("{names}：{value}"),
    between: |value, low, high| format!("{value}（{low} 至 {high}）"),
    at_least: |value, low| format!("{value}（不低于 {low}）"),
    at_most: |value, high| format!("{value}（不高于 {high}）"),
    cap: |amount| format!("额度上限 {amount}"),
    fall_of: |measure| format!("{measure} 降幅"),
    trials: |number| format!("{number} 次模拟"),
    deviation: "偏差",
    capital_of: |amount| format!("资本 {amount}"),
    band: |percent| format!("{percent} 置信区间"),
    few_star: "* 尾部模拟不足 50 次：区间仅供参考",
    few: "尾部模拟不足 50 次：区间仅供参考",
    few_sentence: "尾部模拟不足 50 次：区间仅供参考",
    nothing: "没有损失",
    unseen: ["未见损失", "无"],
    measure: |what| measure(what).to_owned(),
    at_least_fail: |failures| format!("P（至少 {failures} 家倒闭）"),

    densities: |text, policies, has_marks| {
        let marks = if has_marks { "，附 VaR 和 ES" } else { "" };
        format!("{policies}下 {}的损失分布{marks}", horizon(text))
    },
    densities_caption: |told, law, levels| {
        let what = match law {
            Law::Atoms => "各损失值的概率",
            Law::Smooth => "损失的概率密度（核估计）",
            Law::Mixed => "损失分布：以密度（核估计）表示，取值很少时以竖线表示",
        };
        let bands = match told.has_bands {
            true => format!("，附 {} 置信区间（比标记宽时画出）", told.percent),
            false => String::new(),
        };
        let marks = levels.map_or_else(String::new, |levels| {
            format!("下方：{levels} 水平的 VaR（圆环）和 ES（圆点）{bands}。")
        });
        format!(
            "{what}，期限 {}，{}。{marks}基准：{}。{}。",
            horizon(&told.horizon),
            told.policies,
            told.baseline,
            told.source
        )
    },
    loss_axis: |text, unit| format!("{}损失（{unit}）", horizon(text)),
    peaks: |title, peak| format!("↑ {title}：峰值 {peak}"),
    per: |unit| match unit.starts_with(|c: char| c.is_ascii()) {
        true => format!("每 {unit}"),
        false => format!("每{unit}"),
    },
    density_axis: ["概率密度", "密度"],
    atoms_axis: ["恰为该损失的概率", "概率"],

    exceedance: |text| format!("{}损失的超额概率", horizon(text)),
    exceedance_caption: |told| {
        let bands = match told.has_bands {
            true => format!("，附 {} 置信区间", told.percent),
            false => String::new(),
        };
        format!(
            "{}损失超过某一金额的概率，{}{bands}；右轴为重现期 1/P，以 {}为一期。基准：{}。{}。",
            horizon(&told.horizon),
            told.policies,
            horizon(&told.horizon),
            told.baseline,
            told.source
        )
    },
    exceedance_axis: ["超额概率 P(L > x)", "P(L > x)"],
    return_period: |horizons| format!("重现期（{horizons}）"),
    exceeded_axis: |text, unit| format!("{}损失 x（{unit}）", horizon(text)),

    ladder: |ladder| format!("阶梯 {ladder}：剩余损失与授信、降额客户"),
    ladder_caption: |told, ladder, shortfall, people| {
        let bands = match told.has_bands {
            true => {
                format!("，基于相同的模拟，附配对变化的 {} 置信区间；授信为精确值", told.percent)
            }
            false => String::new(),
        };
        format!(
            "上图：阶梯 {ladder} 各上限下 {}的保留授信、{shortfall} 和 EL，以占基准（{}）的比例表示{bands}。\
             下图：额度被压降的客户占全部 {people} 名客户的比例，精确值。{}。",
            horizon(&told.horizon),
            told.baseline,
            told.source
        )
    },
    credit_kept: "保留授信",
    cap_axis: |unit| format!("额度上限（{unit}）"),
    share_of_baseline: "占基准的比例（%）",
    people_cut_axis: "降额客户（%）",

    frontier: "压降授信与减少的损失",
    frontier_caption: |told, shortfall, has_cuts| {
        let cuts = if has_cuts {
            "圆环：所有额度按同一比例压降、与其上方或下方的政策保留同样多授信时的结果；位于圆环上方的政策比这种\
             压降减少更多损失。"
        } else {
            ""
        };
        let bands = match told.has_bands {
            true => format!(
                "，基于相同的模拟，附配对变化的 {} 置信区间（比标记宽时画出）；授信为精确值",
                told.percent
            ),
            false => String::new(),
        };
        format!(
            "{}的 {shortfall} 降幅与压降授信，均为占基准（{}）的比例{bands}。虚线：损失与授信同比例下降。\
             同一阶梯的各上限以线相连。{cuts}{}。",
            horizon(&told.horizon),
            told.baseline,
            told.source
        )
    },
    withdrawn_axis: "压降授信（占基准 %）",
    saved_axis: |shortfall| {
        [format!("{shortfall} 降幅（占基准 %）"), format!("{shortfall} 降幅（%）")]
    },
    frontier_key: ["基准", "同比例", "所有额度等比例压降，授信相同"],

    who_is_cut: "哪些客户的授信和额度被压降",
    who_is_cut_caption: |told, is_judged| {
        let judged = if is_judged {
            "；过度负债客户占收入和利率已知客户的比例"
        } else {
            ""
        };
        format!(
            "各组压降授信占该组授信的比例、额度被压降客户占该组客户的比例，{}压降额度{judged}。贷款组合的精确\
             合计，无抽样误差；连线仅便于阅读。基准：{}。{}。",
            told.policies, told.baseline, told.source
        )
    },
    cut_columns: ["压降授信", "降额客户", "过度负债"],
    before_cut: "压降之前",
    share_of_band: "占该组的比例（%）",
    attribute: |what, currency| match what {
        BandAttribute::All => None,
        BandAttribute::Income => Some(format!("年收入（{currency}）")),
        BandAttribute::Age => Some("年龄（岁）".to_owned()),
        BandAttribute::Score => Some("评分".to_owned()),
        BandAttribute::Limit => Some(format!("额度合计（{currency}）")),
    },
    many_bands: |count, what| format!("按{}分为 {count} 组：见 who_is_cut.csv", attribute(what)),
    everybody: "全体客户",
    unknown_band: "未知",
    up_to: |end| format!("{end} 以下（含）"),
    from_to: |start, end| format!("{start} 至 {end}"),
    above: |start| format!("{start} 以上"),

    convergence: "估计值随模拟次数增加的收敛",
    convergence_caption: |told, level| {
        format!(
            "基准（{}）下 {}损失的 EL 以及 {level} 水平的 VaR 和 ES，仅用前若干次模拟，以与最终值的偏差表示，\
             附该次数下估计的 {} 置信区间；箭头表示区间超出图外。所有政策面对相同的违约，见 \
             convergence.csv。{}。",
            told.baseline,
            horizon(&told.horizon),
            told.percent,
            told.source
        )
    },
    in_the_end: |measure, amount| format!("{measure}，最终值 {amount}"),
    trials_axis: "模拟次数",
    deviation_axis: ["与最终值的偏差（%）", "偏差（%）"],

    parts: |kind| match kind {
        ScopeKind::Lender => "各放贷机构对授信和损失的贡献",
        ScopeKind::Segment | ScopeKind::System | ScopeKind::Total => "各客群对授信和损失的贡献",
        ScopeKind::Bearer => "各承担者对授信和损失的贡献",
        ScopeKind::Tranche => "各分层对授信和损失的贡献",
    },
    parts_caption: |told, kind, shortfall| {
        let word = part(kind);
        format!(
            "{}下各{word}在 {}系统授信、EL 和 {shortfall} 中的占比；ES 占比为该{word}在系统最差的模拟中的平均\
             损失，因此各占比之和为 100%。误差线：{} 置信区间（比标记宽时画出）；授信占比为精确值。基准：{}。\
             {}。",
            told.policies,
            horizon(&told.horizon),
            told.percent,
            told.baseline,
            told.source
        )
    },
    credit: "授信",
    share_of_system: "占系统的比例（%）",

    differences: "两份结果的差异",
    differences_caption: |told| {
        let bands = match told.has_bands {
            true => format!("误差线：差异的 {} 置信区间（比标记宽时画出）。", told.percent),
            false => String::new(),
        };
        format!(
            "{}下 B 的授信和 {} 损失指标比 A 高出多少，以占 A 的比例表示。{bands}实心点：考虑全部比较（Holm）后，\
             在 {} 水平上异于 0；空心圈：否。{}。",
            told.policies,
            horizon(&told.horizon),
            told.percent,
            told.source
        )
    },
    differences_axis: "B − A（占 A 的 %）",
    clear: ["异于 0", "不显著"],

    waterfall: "哪些效应改变损失",
    waterfall_caption: |told, measures, effects| {
        format!(
            "政策的各效应对 {}系统 {measures} 变化的贡献，以占基准（{}）的比例表示，基于相同的模拟：贡献为\
             按所有先后顺序启用各效应所得的平均值（Shapley 值），因此各效应之和等于合计。每条柱从上一条的末端\
             开始；合计从 0 开始；带斜线的柱增加损失。误差线：该贡献的 {} 置信区间。效应：{effects}。{}。",
            horizon(&told.horizon),
            told.baseline,
            told.percent,
            told.source
        )
    },
    orders: "各效应：所有启用顺序的平均（Shapley）",
    together: "合计",
    change_axis: "变化（占基准 %）",
    effect: |channel| match channel {
        Channel::Direct => "直接效应",
        Channel::Leakage => "外流",
        Channel::Relief => "减负",
        Channel::Squeeze => "挤压",
        Channel::Stacking => "多头借贷",
        Channel::Book => "组合损失",
        Channel::OtherAssets => "其他资产",
        Channel::Contagion => "传染",
        Channel::Feedback => "第二轮",
    },
    effect_means: |channel| match channel {
        Channel::Direct => Some("风险暴露随新额度变化"),
        Channel::Leakage => Some("被压降的授信转向其他放贷机构"),
        Channel::Relief => Some("债务减少改变违约率"),
        Channel::Squeeze => Some("额度低于余额改变违约率"),
        Channel::Stacking => Some("在新放贷机构的债务改变违约率"),
        Channel::Book | Channel::OtherAssets | Channel::Contagion | Channel::Feedback => None,
    },
    meaning: |name, meaning| format!("{name}（{meaning}）"),
    lowers_raises: ["降低损失", "增加损失"],

    total: "全部放贷机构损失的构成",
    total_caption: |told, measures| {
        format!(
            "贷款组合、放贷机构的其他资产、传染（破产成本）和第二轮（承压机构压降额度）对 {}全部放贷机构损失的 \
             {measures} 的贡献，以占基准（{}）总额的比例表示：先列其构成，合计 100%，再列各政策引起的变化，\
             基于相同的模拟。每条柱从上一条的末端开始；合计从 0 开始；带斜线的柱增加损失。传染和第二轮各取其\
             先后两种顺序所得贡献的平均（Shapley 值）。误差线：该贡献的 {} 置信区间。{}。",
            horizon(&told.horizon),
            told.baseline,
            told.percent,
            told.source
        )
    },
    change_under: |title| format!("变化：{title}"),
    share_of_total: "占基准总额的比例（%）",
    both_orders: "传染和第二轮：两种顺序的平均（Shapley）",

    bearers: "损失由谁承担",
    bearers_caption: |told, shortfall| {
        format!(
            "{}下 {}全部放贷机构损失（贷款组合、其他资产、第二轮和破产成本）的 EL 和 {shortfall} 由谁承担：\
             股东损失其机构的资本，投资者损失其分层所覆盖的部分，债权人承担资本耗尽后的剩余部分。{shortfall} \
             的各部分为最差的模拟中该承担者所承担损失的平均值，因此各部分之和等于柱旁的总额；百分数为其占比。\
             柱下的线：在该处结束的部分的 {} 置信区间（足够宽时画出）。基准：{}。{}。",
            told.policies,
            horizon(&told.horizon),
            told.percent,
            told.baseline,
            told.source
        )
    },
    bearer: |bearer| match bearer {
        Bearer::Lenders => "组合内机构股东",
        Bearer::Partners => "其他机构股东",
        Bearer::Investors => "分层投资者",
        Bearer::Creditors => "债权人",
    },
    lines_below: "柱下的线：在该处结束的部分的置信区间",

    failures: |text| format!("{}内有多少家放贷机构倒闭", horizon(text)),
    failures_caption: |told, is_few| {
        let few =
            if is_few { "；依据不足 50 次模拟的区间端点仅供参考" } else { "" };
        format!(
            "{}内至少 m 家放贷机构倒闭的概率，{}：台阶止于出现过的数目，其后下降。阴影：{} 置信区间{few}。\
             两者见 failures.csv。基准：{}。{}。",
            horizon(&told.horizon),
            told.policies,
            told.percent,
            told.baseline,
            told.source
        )
    },
    no_failure: |who| format!("任何一次模拟均无倒闭：{who}"),
    few_at_end: |few| format!("末端{few}"),
    failures_axis: ["至少 m 家倒闭的概率", "至少 m 家的概率"],
    number_axis: "倒闭机构数 m",

    capital: "放贷机构的损失与资本",
    capital_caption: |told, measures, has_groups| {
        let groups = if has_groups {
            "；对集团（合计）为成员损失之和与资本之和的比例，因此个别成员可能远未到 100% 就倒闭"
        } else {
            ""
        };
        let [first, second, third] = measures;
        format!(
            "{}下各放贷机构 {}自担损失的 {first}、{second} 和 {third} 与其资本之比，对数坐标：超过 100% 处的\
             虚线即资本耗尽{groups}。误差线：{} 置信区间（比标记宽时画出）；0：该水平无损失。基准：{}。{}。",
            told.policies,
            horizon(&told.horizon),
            told.percent,
            told.baseline,
            told.source
        )
    },
    group: |name, members| format!("{name}（共 {members} 家）"),
    share_of_capital: "占该机构资本的比例（%）",
    capital_gone: "100%：资本耗尽",

    network: "谁欠谁的债，谁会倒闭",
    network_caption: |told, second, debts, named| {
        let second = second.map_or_else(String::new, |title| {
            format!("（上图），以及使预期倒闭数变化最大的政策（{title}，下图）")
        });
        format!(
            "圆周上为有资本的放贷机构，圆盘面积为其资本，颜色为 {}内在基准（{}）下的倒闭概率{second}；楔形为\
             机构之间的债务，取最大的 {debts} 笔，宽端为债务人，尖端为债权人。标出名称和概率的是基准下最常倒闭\
             的 {named} 家。全部机构的 {} 置信区间见 lenders.csv。{}。",
            horizon(&told.horizon),
            told.baseline,
            told.percent,
            told.source
        )
    },
    failing: "倒闭概率",
    never_seen: "从未出现",
    never: "无",
    disc_area: |amount| format!("圆盘面积：资本，最大 {amount}"),
    wedge_width: |amount| format!("楔形：债务，宽端为债务人，最大 {amount}"),

    tranches: "各分层的损失",
    tranches_caption: |told, shortfall| {
        format!(
            "{}下各分层 {}的 EL 和 {shortfall}，以占该政策下分层规模的比例表示，对数坐标；第一个分层首先承担损失。\
             误差线：{} 置信区间（比标记宽时画出）；任何一次模拟均无损失时，箭头从由模拟次数得出的上界指向 0。\
             基准：{}。{}。",
            told.policies,
            horizon(&told.horizon),
            told.percent,
            told.baseline,
            told.source
        )
    },
    share_of_tranche: "占分层规模的比例（%）",
    tranche_gone: "100%：全部损失",

    map_heading: |measure, policy, baseline| format!("{policy} 相对 {baseline} 的 {measure} 变化"),
    map_caption: |told, map| {
        let mut text = format!(
            "{} 下 {}系统 {} 的变化，以占基准（{}）的比例表示，横轴为 {}，纵轴为 {}，共 {} × {} 个点，基于相同的\
             模拟；每格以其点为中心。蓝色：下降；橙色：上升。",
            map.policy,
            horizon(&told.horizon),
            map.measure,
            told.baseline,
            map.keys.0,
            map.keys.1,
            map.points.0,
            map.points.1,
        );
        let percent = &told.percent;
        if map.has_undecided {
            text += &format!("斜线：未定，变化的 {percent} 置信区间包含 0。");
        }
        if map.has_border {
            text += "实线：无变化，在每行各点之间求得。";
        }
        if map.shows_band {
            text += &format!("虚线：该位置在其所在行的 {percent} 置信区间；图外的端点不画。");
        } else if map.has_band {
            text += &format!("该位置的 {percent} 置信区间比线窄。");
        }
        if map.has_unknown {
            text += "白色：未知。";
        }
        format!("{text}{}。", told.source)
    },
    change_of: |measure| format!("{measure} 的变化"),
    no_change: |hidden| {
        let hidden = hidden.map_or_else(String::new, |percent| format!("（{percent} 区间在线内）"));
        format!("无变化{hidden}")
    },
    its_band: |percent| format!("其 {percent} 置信区间"),
    undecided: "未定（区间包含 0）",
    not_known: "未知",
    lowers: ["降低", "增加"],
    lowers_what: [|measure| format!("降低 {measure}"), |measure| format!("增加 {measure}")],
};

//! English.

use super::{Law, Thing, Words};
use crate::measures::Measure;
use crate::plots::numbers::Numbers;
use crate::policy::attribution::Channel;
use crate::policy::bands::BandAttribute;
use crate::system::{Bearer, ScopeKind};

/// One of something, and several.
const fn things(thing: Thing) -> (&'static str, &'static str) {
    match thing {
        Thing::Policy => ("policy", "policies"),
        Thing::Segment => ("segment", "segments"),
        Thing::Lender => ("lender", "lenders"),
        Thing::Bearer => ("bearer", "bearers"),
        Thing::Tranche => ("tranche", "tranches"),
        Thing::Debt => ("debt", "debts"),
    }
}

const fn part(kind: ScopeKind) -> &'static str {
    match kind {
        ScopeKind::Lender => "lender",
        ScopeKind::Segment | ScopeKind::System | ScopeKind::Total => "segment",
        ScopeKind::Bearer => "bearer",
        ScopeKind::Tranche => "tranche",
    }
}

pub const WORDS: Words = Words {
    // What says nothing about its language is read as that of the page around it.
    lang: "",
    families: "DejaVu Sans, Verdana, Segoe UI, sans-serif",
    numbers: Numbers { group: ',', point: '.', before_percent: " " },
    scales: [(1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1e3, "thousand")],
    unit: |currency, word| format!("{currency} {word}").trim().to_owned(),
    amount: |number, currency, word| format!("{currency} {number} {word}").trim().to_owned(),
    horizons: |horizon| match horizon.strip_prefix("1 ") {
        Some(unit) => format!("{unit}s"),
        None => format!("horizons of {horizon}"),
    },
    and: |things| things.join(" and "),
    comma: ", ",
    unsampled: |engine, version| format!("{engine}, no sampling · tailcap {version}"),
    sampled: |trials, plan, seed, percent, version| {
        let plan = plan.map_or_else(String::new, |plan| format!(", {plan}"));
        format!("{trials} trials{plan} · seed {seed} · {percent} bands · tailcap {version}")
    },
    one_of: |label, trials, plan, seed| match trials {
        Some(trials) => {
            let plan = plan.map_or_else(String::new, |plan| format!(", {plan}"));
            format!("{label}: {trials} trials{plan}, seed {seed}")
        }
        None => format!("{label}: {}, no sampling", plan.unwrap_or("exact")),
    },
    of_all: |percent, version| {
        let bands = percent.map_or_else(String::new, |percent| format!("{percent} bands · "));
        format!("{bands}tailcap {version}")
    },
    sums: |version| format!("exact sums over the book · tailcap {version}"),
    source: |scenario, provenance| format!("{scenario}; {provenance}"),
    policies: |count| match count {
        0 => "no policy".to_owned(),
        1 => "1 policy".to_owned(),
        _ => format!("{count} policies"),
    },
    more: |count, number, thing, table| {
        let (one, many) = things(thing);
        format!("{number} more {}: see {table}", if count == 1 { one } else { many })
    },
    hint: |names, value| format!("{names}: {value}"),
    between: |value, low, high| format!("{value} ({low} to {high})"),
    at_least: |value, low| format!("{value} (at least {low})"),
    at_most: |value, high| format!("{value} (at most {high})"),
    cap: |amount| format!("cap {amount}"),
    fall_of: |measure| format!("fall of {measure}"),
    trials: |number| format!("{number} trials"),
    deviation: "deviation",
    capital_of: |amount| format!("capital {amount}"),
    band: |percent| format!("{percent} band"),
    few_star: "* fewer than 50 tail trials: the band is only indicative",
    few: "fewer than 50 tail trials: the band is only indicative",
    few_sentence: "Fewer than 50 tail trials: the band is only indicative",
    nothing: "no losses to draw",
    unseen: ["no loss seen", "none"],
    measure: |measure| match measure {
        Measure::Cascade => "failures of a cascade".to_owned(),
        _ => measure.as_str().replace('_', " "),
    },
    at_least_fail: |failures| format!("P(at least {failures} fail)"),

    densities: |horizon, policies, has_marks| {
        let marks = if has_marks { ", with VaR and ES" } else { "" };
        format!("Losses over {horizon} under {policies}{marks}")
    },
    densities_caption: |told, law, levels| {
        let what = match law {
            Law::Atoms => "Probability of every loss",
            Law::Smooth => "Probability density of the loss (kernel estimate)",
            Law::Mixed => {
                "Law of the loss, as a density (kernel estimate) or, where it has few atoms, as stems"
            }
        };
        let bands = match told.has_bands {
            true => {
                format!(" with their {} bands, where these are wider than the mark", told.percent)
            }
            false => String::new(),
        };
        let marks = levels.map_or_else(String::new, |levels| {
            format!(" Below: VaR (rings) and ES (discs) at {levels}{bands}.")
        });
        format!(
            "{what} over {} for {}.{marks} Baseline: {}. {}.",
            told.horizon, told.policies, told.baseline, told.source
        )
    },
    loss_axis: |horizon, unit| format!("loss over {horizon} ({unit})"),
    peaks: |title, peak| format!("↑ {title} peaks at {peak}"),
    per: |unit| format!("per {unit}"),
    density_axis: ["probability density", "density"],
    atoms_axis: ["probability of exactly this loss", "probability"],

    exceedance: |horizon| format!("How often losses over {horizon} exceed a given amount"),
    exceedance_caption: |told| {
        let bands = match told.has_bands {
            true => format!(", with {} bands", told.percent),
            false => String::new(),
        };
        format!(
            "Probability that the loss over {} exceeds an amount, for {}{bands}; the right axis gives the \
             return period 1/P in horizons of {}. Baseline: {}. {}.",
            told.horizon, told.policies, told.horizon, told.baseline, told.source
        )
    },
    exceedance_axis: ["probability of a larger loss, P(L > x)", "probability P(L > x)"],
    return_period: |horizons| format!("return period ({horizons})"),
    exceeded_axis: |horizon, unit| format!("loss x over {horizon} ({unit})"),

    ladder: |ladder| format!("Ladder {ladder}: losses and credit left, people cut"),
    ladder_caption: |told, ladder, shortfall, people| {
        let bands = match told.has_bands {
            true => format!(
                " on the same trials, with {} bands of the paired change; credit is exact",
                told.percent
            ),
            false => String::new(),
        };
        format!(
            "Above: credit kept, {shortfall} and EL over {} under each cap of ladder {ladder}, as shares of \
             those of the baseline ({}){bands}. Below: people with a limit cut as a share of all {people}, \
             exact. {}.",
            told.horizon, told.baseline, told.source
        )
    },
    credit_kept: "credit kept",
    cap_axis: |unit| format!("cap ({unit})"),
    share_of_baseline: "share of the baseline's (%)",
    people_cut_axis: "people cut (%)",

    frontier: "Losses saved for the credit given up",
    frontier_caption: |told, shortfall, has_cuts| {
        let cuts = if has_cuts {
            " Rings: a cut of all limits by one share that keeps as much credit as the policy above or \
             below; a policy above its ring saves more than such a cut."
        } else {
            ""
        };
        let bands = match told.has_bands {
            true => format!(
                ", on the same trials, with {} bands of the paired change, where these are wider than the \
                 mark; credit is exact",
                told.percent
            ),
            false => String::new(),
        };
        format!(
            "Fall of {shortfall} over {} against credit withdrawn, both as shares of those of the baseline \
             ({}){bands}. Dashed: losses fall in proportion to credit. The caps of a ladder are joined by a \
             line.{cuts} {}.",
            told.horizon, told.baseline, told.source
        )
    },
    withdrawn_axis: "credit withdrawn (% of the baseline's)",
    saved_axis: |shortfall| {
        [format!("fall of {shortfall} (% of the baseline's)"), format!("fall of {shortfall} (%)")]
    },
    frontier_key: ["baseline", "in proportion", "all limits cut alike, same credit"],

    who_is_cut: "Whose credit and limits are cut",
    who_is_cut_caption: |told, is_judged| {
        let judged = if is_judged {
            "; people who are over-indebted as a share of those whose income and interest rates are known"
        } else {
            ""
        };
        format!(
            "Credit withdrawn as a share of the band's credit and people with a limit cut as a share of the \
             band's people, by band, for {} that cut limits{judged}. Exact sums over the book, without \
             sampling error; lines only guide the eye. Baseline: {}. {}.",
            told.policies, told.baseline, told.source
        )
    },
    cut_columns: ["credit withdrawn", "people cut", "over-indebted"],
    before_cut: "before any cut",
    share_of_band: "share of the band (%)",
    attribute: |attribute, currency| match attribute {
        BandAttribute::All => None,
        BandAttribute::Income => Some(format!("yearly income ({currency})")),
        BandAttribute::Age => Some("age (years)".to_owned()),
        BandAttribute::Score => Some("score".to_owned()),
        BandAttribute::Limit => Some(format!("sum of limits ({currency})")),
    },
    many_bands: |count, attribute| {
        format!("{count} bands of {}: see who_is_cut.csv", attribute.as_str())
    },
    everybody: "everybody",
    unknown_band: "unknown",
    up_to: |end| format!("up to {end}"),
    from_to: |start, end| format!("{start} to {end}"),
    above: |start| format!("above {start}"),

    convergence: "How the estimates settle as trials are added",
    convergence_caption: |told, level| {
        format!(
            "EL, VaR and ES at {level} of the loss over {} under the baseline ({}), from the first trials \
             alone, as deviations from their final values, with {} bands of the estimate from so many \
             trials; an arrow marks a band that goes on. All policies meet the same defaults, see \
             convergence.csv. {}.",
            told.horizon, told.baseline, told.percent, told.source
        )
    },
    in_the_end: |measure, amount| format!("{measure}, in the end {amount}"),
    trials_axis: "trials",
    deviation_axis: ["deviation from the final value (%)", "deviation (%)"],

    parts: |kind| match kind {
        ScopeKind::Lender => "What each lender adds to credit and losses",
        ScopeKind::Segment | ScopeKind::System | ScopeKind::Total => {
            "What each segment adds to credit and losses"
        }
        ScopeKind::Bearer => "What each bearer adds to credit and losses",
        ScopeKind::Tranche => "What each tranche adds to credit and losses",
    },
    parts_caption: |told, kind, shortfall| {
        let word = part(kind);
        format!(
            "Shares of each {word} in credit, EL and {shortfall} of the system over {} under {}; the share in \
             ES is the mean loss of the {word} in the worst trials of the system, so that shares add up to \
             100 %. Bars: {} bands, where these are wider than the mark; shares in credit are exact. \
             Baseline: {}. {}.",
            told.horizon, told.policies, told.percent, told.baseline, told.source
        )
    },
    credit: "credit",
    share_of_system: "share of the system's (%)",

    differences: "What differs between two results",
    differences_caption: |told| {
        let bands = match told.has_bands {
            true => format!(
                " Bars: {} bands of the difference, where these are wider than the sign.",
                told.percent
            ),
            false => String::new(),
        };
        format!(
            "How much larger credit and measures of the loss over {} are in B than in A, as shares of those in \
             A, for {}.{bands} Discs: clear of 0 at {} after allowing for all numbers of the comparison (Holm); \
             rings: not. {}.",
            told.horizon, told.policies, told.percent, told.source
        )
    },
    differences_axis: "B − A (% of A)",
    clear: ["clear of 0", "not clear"],

    waterfall: "Which effects change the losses",
    waterfall_caption: |told, measures, effects| {
        format!(
            "What each effect of a policy adds to the change of {measures} of the system over {}, as a share \
             of that under the baseline ({}), on the same trials: the mean of what it adds over all orders \
             in which effects can be switched on (Shapley value), so that the effects add up to all \
             together. A bar starts where the one above it ends; all together starts at 0; hatched bars \
             raise losses. Error bars: {} bands of what the effect adds. Effects: {effects}. {}.",
            told.horizon, told.baseline, told.percent, told.source
        )
    },
    orders: "effects: means over all orders of switching them on (Shapley)",
    together: "all together",
    change_axis: "change (% of the baseline's)",
    effect: |channel| match channel {
        Channel::Direct => "direct effect",
        Channel::Leakage => "leakage",
        Channel::Relief => "relief",
        Channel::Squeeze => "squeeze",
        Channel::Stacking => "stacking",
        Channel::Book => "losses of the book",
        Channel::OtherAssets => "other assets",
        Channel::Contagion => "contagion",
        Channel::Feedback => "second round",
    },
    effect_means: |channel| match channel {
        Channel::Direct => Some("exposures follow the new limits"),
        Channel::Leakage => Some("withdrawn credit finds other lenders"),
        Channel::Relief => Some("less debt changes odds of default"),
        Channel::Squeeze => Some("a limit below the balance changes odds of default"),
        Channel::Stacking => Some("debts at new lenders change odds of default"),
        Channel::Book | Channel::OtherAssets | Channel::Contagion | Channel::Feedback => None,
    },
    meaning: |name, meaning| format!("{name} ({meaning})"),
    lowers_raises: ["lowers losses", "raises losses"],

    total: "What makes up the losses of all lenders",
    total_caption: |told, measures| {
        format!(
            "What the book, other assets of lenders, contagion (costs of bankruptcy) and the second round \
             (stressed lenders cut lines) add to {measures} of all losses of lenders over {}, as a share of \
             the total under the baseline ({}): first its parts, which add up to 100 %, then what each \
             policy changes of them, on the same trials. A bar starts where the one above it ends; all \
             together starts at 0; hatched bars raise losses. Contagion and second round each have the \
             mean of what they add before and after the other (Shapley value). Error bars: {} bands of \
             what the effect adds. {}.",
            told.horizon, told.baseline, told.percent, told.source
        )
    },
    change_under: |title| format!("Change: {title}"),
    share_of_total: "share of the baseline's total (%)",
    both_orders: "contagion and second round: means over both orders (Shapley)",

    bearers: "Who bears the losses",
    bearers_caption: |told, shortfall| {
        format!(
            "Who bears EL and {shortfall} of all losses of lenders over {} (of the book, other assets, a \
             second round and costs of bankruptcy) under {}: owners lose the capital of their lenders, \
             investors what their tranches cover, creditors what is left when capital is used up. A part \
             of {shortfall} is the mean of what falls on the bearer in the worst trials, so that the parts \
             of a bar add up to the total, which stands beside it; percentages are shares of it. Lines \
             below a bar: {} bands of the parts that end there, where these are wide enough to be seen. \
             Baseline: {}. {}.",
            told.horizon, told.policies, told.percent, told.baseline, told.source
        )
    },
    bearer: |bearer| match bearer {
        Bearer::Lenders => "owners of the book's lenders",
        Bearer::Partners => "owners of other lenders",
        Bearer::Investors => "investors in tranches",
        Bearer::Creditors => "creditors",
    },
    lines_below: "lines below bars: bands of the parts that end there",

    failures: |horizon| format!("How many lenders fail over {horizon}"),
    failures_caption: |told, is_few| {
        let few = if is_few {
            "; ends of bands that rest on fewer than 50 trials are only indicative"
        } else {
            ""
        };
        format!(
            "Probability that at least m lenders fail over {}, for {}: a step ends at a number that was \
             seen, and falls behind it. Shades: {} bands{few}. Both numbers stand in failures.csv. \
             Baseline: {}. {}.",
            told.horizon, told.policies, told.percent, told.baseline, told.source
        )
    },
    no_failure: |who| format!("no failure seen in any trial: {who}"),
    few_at_end: |few| format!("at the far end {few}"),
    failures_axis: ["probability that at least m fail", "P(at least m fail)"],
    number_axis: "lenders that fail, m",

    capital: "Losses of lenders against their capital",
    capital_caption: |told, measures, has_groups| {
        let groups = if has_groups {
            "; of a group (all) its members' losses together over their capital together, so that one of \
             them may fail long before 100 %"
        } else {
            ""
        };
        let [first, second, third] = measures;
        format!(
            "{first}, {second} and {third} of what stays at each lender over {} under {}, over its capital, \
             on logarithmic axes: beyond the dashed line at 100 % its capital is gone{groups}. Bars: {} \
             bands, where these are wider than the mark; 0: no loss at that level. Baseline: {}. {}.",
            told.horizon, told.policies, told.percent, told.baseline, told.source
        )
    },
    group: |name, members| format!("{name} (all {members})"),
    share_of_capital: "share of the lender's capital (%)",
    capital_gone: "100 %: capital is gone",

    network: "Who owes whom, and who fails",
    network_caption: |told, second, debts, named| {
        let second = second.map_or_else(String::new, |title| {
            format!(
                " above, and below under the policy that changes the expected number of failures most \
                 ({title})"
            )
        });
        format!(
            "Lenders with capital on a circle, discs as large as it, coloured by the probability that they \
             fail over {} under the baseline ({}){second}; wedges show what they owe one another, the \
             {debts} largest of these debts, from the wide end at the debtor to the tip at the creditor. \
             Named with this probability: the {named} that fail most often under the baseline. {} bands of \
             all of them stand in lenders.csv. {}.",
            told.horizon, told.baseline, told.percent, told.source
        )
    },
    failing: "probability of failing",
    never_seen: "never seen",
    never: "never",
    disc_area: |amount| format!("area of a disc: capital, at most {amount}"),
    wedge_width: |amount| format!("wedge: debt, wide at who owes it, at most {amount}"),

    tranches: "What tranches lose",
    tranches_caption: |told, shortfall| {
        format!(
            "EL and {shortfall} of each tranche over {} under {}, as a share of its size under that policy, \
             on logarithmic axes; the first tranche bears the first losses. Bars: {} bands, where these are \
             wider than the mark; where no trial has a loss, an arrow points towards 0 from the bound that \
             the number of trials gives. Baseline: {}. {}.",
            told.horizon, told.policies, told.percent, told.baseline, told.source
        )
    },
    share_of_tranche: "share of the tranche's size (%)",
    tranche_gone: "100 %: all is lost",

    map_heading: |measure, policy, baseline| {
        format!("Change of {measure} under {policy} against {baseline}")
    },
    map_caption: |told, map| {
        let mut text = format!(
            "Change of {} of the system over {} under {} as a share of that under the baseline ({}), by {} \
             (from left to right) and {} (from bottom to top), at {} by {} points on the same trials; a \
             cell is centred on its point. Blue: it falls; orange: it rises.",
            map.measure,
            told.horizon,
            map.policy,
            told.baseline,
            map.keys.0,
            map.keys.1,
            map.points.0,
            map.points.1,
        );
        let percent = &told.percent;
        if map.has_undecided {
            text += &format!(" Hatched: undecided, the {percent} band of the change holds 0.");
        }
        if map.has_border {
            text += " Line: no change, found along each row between its points.";
        }
        if map.shows_band {
            text += &format!(
                " Dashed: {percent} band of that place along its row; an end outside the map is not drawn."
            );
        } else if map.has_band {
            text += &format!(" The {percent} band of that place is narrower than the line.");
        }
        if map.has_unknown {
            text += " White: not known.";
        }
        format!("{text} {}.", told.source)
    },
    change_of: |measure| format!("change of {measure}"),
    no_change: |hidden| {
        let hidden =
            hidden.map_or_else(String::new, |percent| format!(" ({percent} band within the line)"));
        format!("no change{hidden}")
    },
    its_band: |percent| format!("its {percent} band"),
    undecided: "undecided (band holds 0)",
    not_known: "not known",
    lowers: ["lowers", "raises"],
    lowers_what: [|measure| format!("lowers {measure}"), |measure| format!("raises {measure}")],
};

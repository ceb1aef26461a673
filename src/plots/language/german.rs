//! German, as risk departments write it.

use super::{Law, Thing, Words};
use crate::measures::Measure;
use crate::plots::numbers::Numbers;
use crate::policy::attribution::Channel;
use crate::policy::bands::BandAttribute;
use crate::system::{Bearer, ScopeKind};

/// One of something behind a number, and several.
const fn things(thing: Thing) -> (&'static str, &'static str) {
    match thing {
        Thing::Policy => ("weitere Regelung", "weitere Regelungen"),
        Thing::Segment => ("weiteres Segment", "weitere Segmente"),
        Thing::Lender => ("weiterer Kreditgeber", "weitere Kreditgeber"),
        Thing::Bearer => ("weiterer Träger", "weitere Träger"),
        Thing::Tranche => ("weitere Tranche", "weitere Tranchen"),
        Thing::Debt => ("weitere Schuld", "weitere Schulden"),
    }
}

/// A horizon in the dative, as after "von", and otherwise.
fn horizon(text: &str, is_dative: bool) -> String {
    let Some((count, unit)) = text.split_once(' ') else { return text.to_owned() };
    let (one, many, many_dative) = match unit.trim_end_matches('s') {
        "year" => ("Jahr", "Jahre", "Jahren"),
        "quarter" => ("Quartal", "Quartale", "Quartalen"),
        "month" => ("Monat", "Monate", "Monaten"),
        "week" => ("Woche", "Wochen", "Wochen"),
        "day" => ("Tag", "Tage", "Tagen"),
        _ => return text.to_owned(),
    };
    let unit = match (count, is_dative) {
        ("1", _) => one,
        (_, true) => many_dative,
        (_, false) => many,
    };
    format!("{count} {unit}")
}

/// The plural of the unit of a horizon of one.
fn units(text: &str) -> Option<&'static str> {
    match text.strip_prefix("1 ")? {
        "year" => Some("Jahre"),
        "quarter" => Some("Quartale"),
        "month" => Some("Monate"),
        "week" => Some("Wochen"),
        "day" => Some("Tage"),
        _ => None,
    }
}

const fn attribute(attribute: BandAttribute) -> &'static str {
    match attribute {
        BandAttribute::All => "alle",
        BandAttribute::Income => "Einkommen",
        BandAttribute::Age => "Alter",
        BandAttribute::Score => "Score",
        BandAttribute::Limit => "Limit",
    }
}

const fn measure(measure: Measure) -> &'static str {
    match measure {
        Measure::ExpectedLoss => "EL",
        Measure::StandardDeviation => "Standardabweichung",
        Measure::ValueAtRisk => "VaR",
        Measure::ExpectedShortfall => "ES",
        Measure::EconomicCapital => "ökonomisches Kapital",
        Measure::ExceedanceProbability => "Überschreitungswahrscheinlichkeit",
        Measure::Defaults => "Ausfälle",
        Measure::LossPerDefault => "Verlust je Ausfall",
        Measure::ExpectedLossPerCredit => "EL je Kreditvolumen",
        Measure::ExpectedShortfallPerCredit => "ES je Kreditvolumen",
        Measure::ExpectedShortfallOverMean => "ES im Verhältnis zum EL",
        Measure::Credit => "Kreditvolumen",
        Measure::WithdrawnCredit => "entzogenes Kreditvolumen",
        Measure::LeakedCredit => "abgewandertes Kreditvolumen",
        Measure::ReceivedCredit => "übernommenes Kreditvolumen",
        Measure::Limits => "Limite",
        Measure::LimitCut => "Limitkürzung",
        Measure::Exposure => "EAD",
        Measure::IrbCapital => "IRB-Eigenmittel",
        Measure::InterestIncomeLost => "entgangener Zinsertrag",
        Measure::AccountsCut => "gekürzte Konten",
        Measure::PeopleCut => "gekürzte Kunden",
        Measure::PeopleCutBelowBalance => "unter Inanspruchnahme gekürzte Kunden",
        Measure::OverIndebted => "Überschuldete",
        Measure::WithdrawnPerRelieved => "Entzug je entlasteten Kunden",
        Measure::PeopleWithHigherOdds => "Kunden mit höherer PD",
        Measure::PeopleWithLowerOdds => "Kunden mit niedrigerer PD",
        Measure::Failures => "Ausfälle von Kreditgebern",
        Measure::FailuresAtLeast => "P(mindestens m fallen aus)",
        Measure::FailureProbability => "Ausfallwahrscheinlichkeit",
        Measure::CapitalShortfall => "Kapitallücke",
        Measure::BankruptcyCosts => "Insolvenzkosten",
        Measure::FeedbackLoss => "Verlust der zweiten Runde",
        Measure::OtherAssetLoss => "Verlust anderer Aktiva",
        Measure::DebtRank => "DebtRank",
        Measure::Cascade => "Ausfälle einer Kaskade",
        Measure::MarginalShortfall => "MES",
        Measure::DeltaCovar => "ΔCoVaR",
        Measure::Srisk => "SRISK",
        Measure::RiskWeightedAssets => "RWA",
        Measure::CapitalRatio => "Kapitalquote",
    }
}

/// A percentage in front of a noun that it is joined to: `95-%-Konfidenzband`.
fn joined(percent: &str) -> String {
    percent.replace(' ', "-")
}

/// "über 1 Jahr" in front of what follows.
fn over(text: &str) -> String {
    format!("über {}", horizon(text, false))
}

pub const WORDS: Words = Words {
    lang: " lang=\"de\"",
    families: "DejaVu Sans, Verdana, Segoe UI, sans-serif",
    numbers: Numbers { group: '.', point: ',', before_percent: " " },
    scales: [(1e12, "Bio."), (1e9, "Mrd."), (1e6, "Mio."), (1e3, "Tsd.")],
    unit: |currency, word| format!("{word} {currency}").trim().to_owned(),
    amount: |number, currency, word| match word {
        "" => format!("{number} {currency}"),
        word => format!("{number} {word} {currency}"),
    },
    horizons: |text| match units(text) {
        Some(units) => units.to_owned(),
        None => format!("Horizonte von {}", horizon(text, true)),
    },
    and: |things| match things {
        [first @ .., last] if !first.is_empty() => format!("{} und {last}", first.join(", ")),
        _ => things.concat(),
    },
    comma: ", ",
    unsampled: |engine, version| format!("{engine}, ohne Simulation · tailcap {version}"),
    sampled: |trials, plan, seed, percent, version| {
        let percent = joined(percent);
        let plan = plan.map_or_else(String::new, |plan| format!(" ({plan})"));
        format!(
            "{trials} Läufe{plan} · Seed {seed} · {percent}-Konfidenzbänder · tailcap {version}"
        )
    },
    one_of: |label, trials, plan, seed| match trials {
        Some(trials) => {
            let plan = plan.map_or_else(String::new, |plan| format!(" ({plan})"));
            format!("{label}: {trials} Läufe{plan}, Seed {seed}")
        }
        None => format!("{label}: {}, ohne Simulation", plan.unwrap_or("exact")),
    },
    of_all: |percent, version| {
        let bands =
            percent.map_or_else(String::new, |percent| format!("{percent}-Konfidenzbänder · "));
        format!("{bands}tailcap {version}")
    },
    sums: |version| format!("exakte Summen über das Portfolio · tailcap {version}"),
    source: |scenario, provenance| format!("{scenario}; {provenance}"),
    policies: |count| match count {
        0 => "keine Regelung".to_owned(),
        1 => "1 Regelung".to_owned(),
        _ => format!("{count} Regelungen"),
    },
    more: |count, number, thing, table| {
        let (one, many) = things(thing);
        format!("{number} {}: siehe {table}", if count == 1 { one } else { many })
    },
    hint: |names, value| format!("{names}: {value}"),
    between: |value, low, high| format!("{value} ({low} bis {high})"),
    at_least: |value, low| format!("{value} (mindestens {low})"),
    at_most: |value, high| format!("{value} (höchstens {high})"),
    cap: |amount| format!("Obergrenze {amount}"),
    fall_of: |measure| format!("Rückgang des {measure}"),
    trials: |number| format!("{number} Läufe"),
    deviation: "Abweichung",
    capital_of: |amount| format!("Eigenkapital {amount}"),
    band: |percent| format!("{}-Konfidenzband", joined(percent)),
    few_star: "* weniger als 50 Läufe im Rand: Band nur ein Anhaltspunkt",
    few: "weniger als 50 Läufe im Rand: Band nur ein Anhaltspunkt",
    few_sentence: "Weniger als 50 Läufe im Rand: Band nur ein Anhaltspunkt",
    nothing: "keine Verluste",
    unseen: ["kein Verlust", "keiner"],
    measure: |what| measure(what).to_owned(),
    at_least_fail: |failures| format!("P(mindestens {failures} fallen aus)"),

    densities: |text, policies, has_marks| {
        let marks = if has_marks { ", mit VaR und ES" } else { "" };
        format!("Verluste {}, {policies}{marks}", over(text))
    },
    densities_caption: |told, law, levels| {
        let what = match law {
            Law::Atoms => "Wahrscheinlichkeit jedes Verlusts",
            Law::Smooth => "Wahrscheinlichkeitsdichte des Verlusts (Kerndichteschätzung)",
            Law::Mixed => {
                "Verteilung des Verlusts, als Dichte (Kerndichteschätzung) oder, wo nur wenige Werte \
                 vorkommen, als Stabdiagramm"
            }
        };
        let bands = match told.has_bands {
            true => format!(
                " mit {}-Konfidenzbändern, sofern diese breiter sind als das Zeichen",
                joined(&told.percent)
            ),
            false => String::new(),
        };
        let marks = levels.map_or_else(String::new, |levels| {
            format!(" Unten: VaR (Ringe) und ES (Punkte) zu {levels}{bands}.")
        });
        format!(
            "{what} {}, {}.{marks} Referenz: {}. {}.",
            over(&told.horizon),
            told.policies,
            told.baseline,
            told.source
        )
    },
    loss_axis: |text, unit| format!("Verlust {} ({unit})", over(text)),
    peaks: |title, peak| format!("↑ {title}: Maximum {peak}"),
    per: |unit| format!("je {unit}"),
    density_axis: ["Wahrscheinlichkeitsdichte", "Dichte"],
    atoms_axis: ["Wahrscheinlichkeit genau dieses Verlusts", "Wahrscheinlichkeit"],

    exceedance: |text| format!("Überschreitungswahrscheinlichkeit der Verluste {}", over(text)),
    exceedance_caption: |told| {
        let bands = match told.has_bands {
            true => format!(", mit {}-Konfidenzbändern", joined(&told.percent)),
            false => String::new(),
        };
        format!(
            "Wahrscheinlichkeit, dass der Verlust {} einen Betrag überschreitet, {}{bands}; die rechte Achse \
             zeigt die Wiederkehrperiode 1/P in Horizonten von {}. Referenz: {}. {}.",
            over(&told.horizon),
            told.policies,
            horizon(&told.horizon, true),
            told.baseline,
            told.source
        )
    },
    exceedance_axis: ["Überschreitungswahrscheinlichkeit P(L > x)", "Überschreitung P(L > x)"],
    return_period: |horizons| format!("Wiederkehrperiode ({horizons})"),
    exceeded_axis: |text, unit| format!("Verlust x {} ({unit})", over(text)),

    ladder: |ladder| format!("Staffel {ladder}: Verluste, Kreditvolumen, gekürzte Kunden"),
    ladder_caption: |told, ladder, shortfall, people| {
        let bands = match told.has_bands {
            true => format!(
                ", auf denselben Läufen, mit {}-Konfidenzbändern der gepaarten Änderung; das Kreditvolumen \
                 ist exakt",
                joined(&told.percent)
            ),
            false => String::new(),
        };
        format!(
            "Oben: verbleibendes Kreditvolumen, {shortfall} und EL {} bei jeder Obergrenze der Staffel \
             {ladder}, als Anteile an denen der Referenz ({}){bands}. Unten: Kunden mit gekürztem Limit als \
             Anteil an allen {people}, exakt. {}.",
            over(&told.horizon),
            told.baseline,
            told.source
        )
    },
    credit_kept: "Kreditvolumen",
    cap_axis: |unit| format!("Obergrenze ({unit})"),
    share_of_baseline: "Anteil an der Referenz (%)",
    people_cut_axis: "gekürzt (%)",

    frontier: "Vermiedene Verluste und entzogenes Kreditvolumen",
    frontier_caption: |told, shortfall, has_cuts| {
        let cuts = if has_cuts {
            " Ringe: Kürzung aller Limite um denselben Anteil, die gleich viel Kreditvolumen belässt wie die \
             Regelung darüber oder darunter; eine Regelung über ihrem Ring vermeidet mehr als eine solche \
             Kürzung."
        } else {
            ""
        };
        let bands = match told.has_bands {
            true => format!(
                ", auf denselben Läufen, mit {}-Konfidenzbändern der gepaarten Änderung, sofern diese \
                 breiter sind als das Zeichen; das Kreditvolumen ist exakt",
                joined(&told.percent)
            ),
            false => String::new(),
        };
        format!(
            "Rückgang des {shortfall} {} gegen entzogenes Kreditvolumen, beide als Anteile an der Referenz \
             ({}){bands}. Gestrichelt: Verluste sinken im Verhältnis zum Kreditvolumen. Die Obergrenzen einer \
             Staffel verbindet eine Linie.{cuts} {}.",
            over(&told.horizon),
            told.baseline,
            told.source
        )
    },
    withdrawn_axis: "entzogenes Kreditvolumen (% der Referenz)",
    saved_axis: |shortfall| {
        [
            format!("Rückgang des {shortfall} (% der Referenz)"),
            format!("Rückgang des {shortfall} (%)"),
        ]
    },
    frontier_key: ["Referenz", "proportional", "alle Limite gleich gekürzt"],

    who_is_cut: "Wessen Kredite und Limite gekürzt werden",
    who_is_cut_caption: |told, is_judged| {
        let judged = if is_judged {
            "; Überschuldete als Anteil an denen, deren Einkommen und Zinssätze bekannt sind"
        } else {
            ""
        };
        format!(
            "Entzogenes Kreditvolumen als Anteil am Kreditvolumen der Gruppe und Kunden mit gekürztem Limit \
             als Anteil an den Kunden der Gruppe, für {}, die Limite kürzen{judged}. Exakte Summen über das \
             Portfolio, ohne Stichprobenfehler; Linien führen nur das Auge. Referenz: {}. {}.",
            told.policies, told.baseline, told.source
        )
    },
    cut_columns: ["entzogener Kredit", "gekürzte Kunden", "überschuldet"],
    before_cut: "vor jeder Kürzung",
    share_of_band: "Anteil an der Gruppe (%)",
    attribute: |what, currency| match what {
        BandAttribute::All => None,
        BandAttribute::Income => Some(format!("Jahreseinkommen ({currency})")),
        BandAttribute::Age => Some("Alter (Jahre)".to_owned()),
        BandAttribute::Score => Some("Score".to_owned()),
        BandAttribute::Limit => Some(format!("Summe der Limite ({currency})")),
    },
    many_bands: |count, what| {
        format!("{count} Gruppen nach {}: siehe who_is_cut.csv", attribute(what))
    },
    everybody: "alle",
    unknown_band: "unbekannt",
    up_to: |end| format!("bis {end}"),
    from_to: |start, end| format!("{start} bis {end}"),
    above: |start| format!("über {start}"),

    convergence: "Wie sich die Schätzungen mit mehr Läufen einpendeln",
    convergence_caption: |told, level| {
        format!(
            "EL, VaR und ES zu {level} des Verlusts {} in der Referenz ({}), allein aus den ersten Läufen, \
             als Abweichungen vom Endwert, mit {}-Konfidenzbändern der Schätzung aus so vielen Läufen; ein \
             Pfeil zeigt, dass ein Band weitergeht. Alle Regelungen treffen auf dieselben Ausfälle, siehe \
             convergence.csv. {}.",
            over(&told.horizon),
            told.baseline,
            joined(&told.percent),
            told.source
        )
    },
    in_the_end: |measure, amount| format!("{measure}, am Ende {amount}"),
    trials_axis: "Läufe",
    deviation_axis: ["Abweichung vom Endwert (%)", "Abweichung (%)"],

    parts: |kind| match kind {
        ScopeKind::Lender => "Beiträge der Kreditgeber zu Kreditvolumen und Verlusten",
        ScopeKind::Segment | ScopeKind::System | ScopeKind::Total => {
            "Beiträge der Segmente zu Kreditvolumen und Verlusten"
        }
        ScopeKind::Bearer => "Beiträge der Träger zu Kreditvolumen und Verlusten",
        ScopeKind::Tranche => "Beiträge der Tranchen zu Kreditvolumen und Verlusten",
    },
    parts_caption: |told, kind, shortfall| {
        let (of_each, of_it) = match kind {
            ScopeKind::Lender => ("jedes Kreditgebers", "des Kreditgebers"),
            ScopeKind::Segment | ScopeKind::System | ScopeKind::Total => {
                ("jedes Segments", "des Segments")
            }
            ScopeKind::Bearer => ("jedes Trägers", "des Trägers"),
            ScopeKind::Tranche => ("jeder Tranche", "der Tranche"),
        };
        format!(
            "Anteile {of_each} an Kreditvolumen, EL und {shortfall} des Systems {}, {}; der Anteil am ES ist \
             der mittlere Verlust {of_it} in den schlechtesten Läufen des Systems, so dass die Anteile \
             zusammen 100 % ergeben. Balken: {}-Konfidenzbänder, sofern diese breiter sind als das Zeichen; \
             Anteile am Kreditvolumen sind exakt. Referenz: {}. {}.",
            over(&told.horizon),
            told.policies,
            joined(&told.percent),
            told.baseline,
            told.source
        )
    },
    credit: "Kreditvolumen",
    share_of_system: "Anteil am System (%)",

    differences: "Was zwei Ergebnisse unterscheidet",
    differences_caption: |told| {
        let bands = match told.has_bands {
            true => format!(
                " Balken: {}-Konfidenzbänder der Differenz, sofern diese breiter sind als das Zeichen.",
                told.percent
            ),
            false => String::new(),
        };
        format!(
            "Um wie viel Kreditvolumen und Verlustmaße {} in B größer sind als in A, als Anteil an denen in A, \
             {}.{bands} Punkte: auf dem Niveau {} von 0 verschieden, alle Zahlen des Vergleichs \
             berücksichtigt (Holm); Ringe: nicht. {}.",
            over(&told.horizon),
            told.policies,
            told.percent,
            told.source
        )
    },
    differences_axis: "B − A (% von A)",
    clear: ["von 0 verschieden", "nicht"],

    waterfall: "Welche Effekte die Verluste ändern",
    waterfall_caption: |told, measures, effects| {
        format!(
            "Beitrag jedes Effekts einer Regelung zur Änderung von {measures} des Systems {}, als Anteil an \
             der Referenz ({}), auf denselben Läufen: das Mittel seines Beitrags über alle Reihenfolgen, in \
             denen sich Effekte zuschalten lassen (Shapley-Wert), so dass sie sich zu „insgesamt“ addieren. \
             Ein Balken beginnt, wo der darüber endet; „insgesamt“ beginnt bei 0; schraffierte Balken \
             erhöhen die Verluste. Fehlerbalken: {}-Konfidenzbänder des Beitrags. Effekte: {effects}. {}.",
            over(&told.horizon),
            told.baseline,
            joined(&told.percent),
            told.source
        )
    },
    orders: "Effekte: Mittel über alle Reihenfolgen des Zuschaltens (Shapley)",
    together: "insgesamt",
    change_axis: "Änderung (% der Referenz)",
    effect: |channel| match channel {
        Channel::Direct => "direkter Effekt",
        Channel::Leakage => "Abwanderung",
        Channel::Relief => "Entlastung",
        Channel::Squeeze => "Verknappung",
        Channel::Stacking => "Mehrfachkredite",
        Channel::Book => "Portfolioverluste",
        Channel::OtherAssets => "andere Aktiva",
        Channel::Contagion => "Ansteckung",
        Channel::Feedback => "zweite Runde",
    },
    effect_means: |channel| match channel {
        Channel::Direct => Some("Exposures folgen den neuen Limiten"),
        Channel::Leakage => Some("entzogener Kredit findet andere Kreditgeber"),
        Channel::Relief => Some("weniger Schulden ändern die Ausfallwahrscheinlichkeit"),
        Channel::Squeeze => {
            Some("ein Limit unter der Inanspruchnahme ändert die Ausfallwahrscheinlichkeit")
        }
        Channel::Stacking => {
            Some("Schulden bei neuen Kreditgebern ändern die Ausfallwahrscheinlichkeit")
        }
        Channel::Book | Channel::OtherAssets | Channel::Contagion | Channel::Feedback => None,
    },
    meaning: |name, meaning| format!("{name} ({meaning})"),
    lowers_raises: ["senkt Verluste", "erhöht Verluste"],

    total: "Woraus die Verluste aller Kreditgeber bestehen",
    total_caption: |told, measures| {
        format!(
            "Beiträge des Portfolios, anderer Aktiva der Kreditgeber, der Ansteckung (Insolvenzkosten) und der \
             zweiten Runde (Kreditgeber unter Druck kürzen Linien) zu {measures} aller Verluste der \
             Kreditgeber {}, als Anteil an der Summe der Referenz ({}): zuerst deren Teile, die zusammen \
             100 % ergeben, dann was jede Regelung daran ändert, auf denselben Läufen. Ein Balken beginnt, wo \
             der darüber endet; „insgesamt“ beginnt bei 0; schraffierte Balken erhöhen die Verluste. \
             Ansteckung und zweite Runde haben je das Mittel ihrer Beiträge vor und nach der anderen \
             (Shapley-Wert). Fehlerbalken: {}-Konfidenzbänder des Beitrags. {}.",
            over(&told.horizon),
            told.baseline,
            joined(&told.percent),
            told.source
        )
    },
    change_under: |title| format!("Änderung: {title}"),
    share_of_total: "Anteil an der Summe der Referenz (%)",
    both_orders: "Ansteckung, zweite Runde: Mittel über beide Reihenfolgen (Shapley)",

    bearers: "Wer die Verluste trägt",
    bearers_caption: |told, shortfall| {
        format!(
            "Wer EL und {shortfall} aller Verluste der Kreditgeber {} trägt (aus dem Portfolio, anderen Aktiva, \
             einer zweiten Runde und Insolvenzkosten), {}: Eigentümer verlieren das Eigenkapital ihrer \
             Kreditgeber, Investoren, was ihre Tranchen decken, Gläubiger, was bleibt, wenn das Eigenkapital \
             aufgezehrt ist. Ein Teil des {shortfall} ist das Mittel dessen, was in den schlechtesten Läufen \
             auf den Träger entfällt, so dass sich die Teile eines Balkens zur Summe addieren, die daneben \
             steht; Prozente sind Anteile daran. Linien unter einem Balken: {}-Konfidenzbänder der Teile, \
             die dort enden, sofern sie breit genug sind. Referenz: {}. {}.",
            over(&told.horizon),
            told.policies,
            joined(&told.percent),
            told.baseline,
            told.source
        )
    },
    bearer: |bearer| match bearer {
        Bearer::Lenders => "Eigentümer der Portfoliobanken",
        Bearer::Partners => "Eigentümer anderer Kreditgeber",
        Bearer::Investors => "Tranchen-Investoren",
        Bearer::Creditors => "Gläubiger",
    },
    lines_below: "Linien unter Balken: Bänder der Teile, die dort enden",

    failures: |text| format!("Wie viele Kreditgeber {} ausfallen", over(text)),
    failures_caption: |told, is_few| {
        let few = if is_few {
            "; Enden von Bändern, die auf weniger als 50 Läufen beruhen, sind nur ein Anhaltspunkt"
        } else {
            ""
        };
        format!(
            "Wahrscheinlichkeit, dass {} mindestens m Kreditgeber ausfallen, {}: eine Stufe endet bei einer \
             Zahl, die vorkam, und fällt dahinter. Schattiert: {}-Konfidenzbänder{few}. Beide Zahlen stehen \
             in failures.csv. Referenz: {}. {}.",
            over(&told.horizon),
            told.policies,
            joined(&told.percent),
            told.baseline,
            told.source
        )
    },
    no_failure: |who| format!("kein Ausfall in irgendeinem Lauf: {who}"),
    few_at_end: |few| format!("am Ende {few}"),
    failures_axis: ["Wahrscheinlichkeit von mindestens m", "P(mindestens m)"],
    number_axis: "ausgefallene Kreditgeber, m",

    capital: "Verluste der Kreditgeber und ihr Eigenkapital",
    capital_caption: |told, measures, has_groups| {
        let groups = if has_groups {
            "; bei einer Gruppe (alle) die Verluste der Mitglieder zusammen über ihrem Eigenkapital zusammen, \
             so dass eines lange vor 100 % ausfallen kann"
        } else {
            ""
        };
        let [first, second, third] = measures;
        format!(
            "{first}, {second} und {third} dessen, was {} bei jedem Kreditgeber bleibt, {}, im Verhältnis zu \
             seinem Eigenkapital, auf logarithmischen Achsen: jenseits der gestrichelten Linie bei 100 % ist \
             es aufgezehrt{groups}. Balken: {}-Konfidenzbänder, sofern diese breiter sind als das Zeichen; \
             0: kein Verlust auf diesem Niveau. Referenz: {}. {}.",
            over(&told.horizon),
            told.policies,
            joined(&told.percent),
            told.baseline,
            told.source
        )
    },
    group: |name, members| format!("{name} (alle {members})"),
    share_of_capital: "Anteil am Eigenkapital des Kreditgebers (%)",
    capital_gone: "100 %: Eigenkapital aufgezehrt",

    network: "Wer wem schuldet und wer ausfällt",
    network_caption: |told, second, debts, named| {
        let second = second.map_or_else(String::new, |title| {
            format!(
                " oben, darunter unter der Regelung, die die erwartete Zahl der Ausfälle am stärksten ändert \
                 ({title})"
            )
        });
        format!(
            "Kreditgeber mit Eigenkapital auf einem Kreis, Scheiben so groß wie dieses, gefärbt nach der \
             Wahrscheinlichkeit, {} auszufallen, in der Referenz ({}){second}; Keile zeigen, was sie einander \
             schulden, die {debts} größten dieser Schulden, vom breiten Ende beim Schuldner zur Spitze beim \
             Gläubiger. Mit dieser Wahrscheinlichkeit benannt: die {named}, die in der Referenz am häufigsten \
             ausfallen. {}-Konfidenzbänder aller stehen in lenders.csv. {}.",
            over(&told.horizon),
            told.baseline,
            joined(&told.percent),
            told.source
        )
    },
    failing: "Ausfallwahrsch.",
    never_seen: "nie beobachtet",
    never: "nie",
    disc_area: |amount| format!("Fläche einer Scheibe: Eigenkapital, höchstens {amount}"),
    wedge_width: |amount| format!("Keil: Schuld, breit beim Schuldner, höchstens {amount}"),

    tranches: "Was Tranchen verlieren",
    tranches_caption: |told, shortfall| {
        format!(
            "EL und {shortfall} jeder Tranche {}, {}, als Anteil an ihrem Volumen unter der Regelung, auf \
             logarithmischen Achsen; die erste Tranche trägt die ersten Verluste. Balken: {}-Konfidenzbänder, \
             sofern diese breiter sind als das Zeichen; wo kein Lauf einen Verlust hat, zeigt ein Pfeil von \
             der Schranke, die aus der Zahl der Läufe folgt, gegen 0. Referenz: {}. {}.",
            over(&told.horizon),
            told.policies,
            joined(&told.percent),
            told.baseline,
            told.source
        )
    },
    share_of_tranche: "Anteil am Volumen der Tranche (%)",
    tranche_gone: "100 %: alles verloren",

    map_heading: |measure, policy, baseline| {
        format!("Änderung von {measure} unter {policy} gegenüber {baseline}")
    },
    map_caption: |told, map| {
        let mut text = format!(
            "Änderung von {} des Systems {} unter {} als Anteil an der Referenz ({}), nach {} (von links nach \
             rechts) und {} (von unten nach oben), an {} mal {} Punkten auf denselben Läufen; eine Zelle liegt \
             um ihren Punkt. Blau: Rückgang; orange: Anstieg.",
            map.measure,
            over(&told.horizon),
            map.policy,
            told.baseline,
            map.keys.0,
            map.keys.1,
            map.points.0,
            map.points.1,
        );
        let percent = joined(&told.percent);
        if map.has_undecided {
            text += &format!(
                " Schraffiert: unentschieden, das {percent}-Konfidenzband der Änderung enthält 0."
            );
        }
        if map.has_border {
            text += " Linie: keine Änderung, in jeder Zeile zwischen deren Punkten bestimmt.";
        }
        if map.shows_band {
            text += &format!(
                " Gestrichelt: {percent}-Konfidenzband dieser Stelle in ihrer Zeile; ein Ende außerhalb der \
                 Karte fehlt."
            );
        } else if map.has_band {
            text +=
                &format!(" Das {percent}-Konfidenzband dieser Stelle ist schmaler als die Linie.");
        }
        if map.has_unknown {
            text += " Weiß: nicht bekannt.";
        }
        format!("{text} {}.", told.source)
    },
    change_of: |measure| format!("Änderung von {measure}"),
    no_change: |hidden| {
        let hidden = hidden.map_or_else(String::new, |percent| {
            format!(" ({}-Band in der Linie)", joined(percent))
        });
        format!("keine Änderung{hidden}")
    },
    its_band: |percent| format!("ihr {}-Konfidenzband", joined(percent)),
    undecided: "unentschieden (Band enthält 0)",
    not_known: "nicht bekannt",
    lowers: ["senkt", "erhöht"],
    lowers_what: [|measure| format!("senkt {measure}"), |measure| format!("erhöht {measure}")],
};

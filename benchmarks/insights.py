"""The insights against planted defects: what is found, and how often nothing is found wrongly.

    python -m benchmarks.insights [--json FILE] [--rounds N] [--scale small] [--reviews FILE...]

Every file of reviews is made, with a seed, and what was planted in it is known. `--rounds` is the
number of made files a figure rests on (the slowest take fewer). Words, copies and aspects are
planted into synthetic reviews, and with `--reviews` into real texts with made products and dates as
well. Whole reports are made of labelled texts, those of `--reviews` or IMDb's. A bar is the least
value that a figure should have; so rates of false alarms are given as files without.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.insights_on_texts import labelled_reviews, read_reviews, reports_on_texts
from benchmarks.measure import Report, parse_options
from benchmarks.reviews import given_reviews, synthetic_reviews
from voxpop.insights.aspects import score_mentions
from voxpop.insights.bursts import scan_days
from voxpop.insights.change import scan_changes
from voxpop.insights.copies import near_copies
from voxpop.insights.mix import split_change
from voxpop.insights.narrative import is_issue
from voxpop.insights.phrases import index_phrases
from voxpop.insights.quantification import CheckSet, corrected_share, share_from_labels
from voxpop.insights.ranking import rank_shares
from voxpop.insights.record import Count, Selection
from voxpop.insights.stars import contradictions
from voxpop.insights.whole import scan_whole
from voxpop.insights.words import telling_phrases

Figures = dict[str, float]
Counts = NDArray[np.int64]
TPR, FPR = 0.9, 0.05
MONTHS = 12


def main() -> None:
    options = parse_options(
        "insights", "Planted defects, found or not.", rounds=200, takes_reviews=True
    )
    files = min(options.rounds, 20) if options.small else options.rounds
    report = Report(options, versions=("numpy", "rensa", "scipy", "voxpop"))

    def add(found: Figures, bars: Figures, suffix: str = "") -> None:
        for name, value in found.items():
            report.add_figure(name + suffix, value, bar=bars.get(name))

    add(changes_found(files), {"change_found": 0.9, "change_right_month": 0.85})
    add(spells_found(files), {"spell_found": 0.5, "spell_right_months": 0.7})
    for wobble in (0.0, 0.01, 0.03):
        name = f"null_files_without_alert_wobble_{wobble:g}"
        add({name: files_without_alert(files, wobble)}, {name: 0.95})
    for reviews in (240, 480, 960):
        bars = {"whole_found": 0.95, "whole_right_month": 0.9} if reviews == 960 else {}
        add(whole_file_found(files, reviews), bars, f"_of_{reviews}_reviews")
    for reviews, months in ((960, 12), (5_000, 12), (50_000, 12), (960, 6), (50_000, 6)):
        for wobble in (0.0, 0.01, 0.03):
            name = f"whole_silent_{reviews}_reviews_{months}_months_wobble_{wobble:g}"
            add({name: whole_files_silent(files, reviews, months, wobble)}, {name: 0.95})
    for wobble in (0.0, 0.03):
        name = f"whole_of_products_silent_wobble_{wobble:g}"
        add({name: wholes_of_products_silent(files, wobble)}, {name: 0.95})
    add(changes_of_a_brand(2_000 if options.small else 20_000), {"brand_true_share": 0.94})
    for truth in (0.05, 0.1, 0.2, 0.5):
        add(coverage(10 * files, truth), {"coverage": 0.93}, f"_at_{truth:g}")
    add(coverage_by_labels(10 * files), {"coverage_by_labels": 0.93})
    add(worst_ten(files // 2), {"worst_ten_true_share": 0.305})
    add(worst_ten(files // 2, small=True), {}, "_of_small_products")
    add(mix_and_rate(), {})
    for accuracy in (0.93, 0.95, 0.97):
        found = flipped_stars(accuracy)
        add(found, {"flipped_stars_precision": 0.8}, f"_accuracy_{accuracy:g}")
    add(bombing(files), {"bombing_right_window": 0.95, "bombing_share_within_2_points": 0.95})
    add(short_text(), {"issue_rule_right": 1})
    sources = {"": synthetic_reviews(500 if options.small else 5_000, seed=1)}
    if options.reviews:
        sources["_real"] = given_reviews(options.reviews)
    for suffix, texts in sources.items():
        add(
            broken_strap(max(1, files // 10), texts),
            {"strap_in_top_3": 0.95, "random_files_without_words": 0.95},
            suffix,
        )
        add(copies(texts), {"copies_found": 0.95, "without_false_groups": 1}, suffix)
        add(
            battery_and_price(max(1, files // 4), texts),
            {"battery_flagged": 0.9, "total_not_flagged": 0.95},
            suffix,
        )
    labelled = labelled_reviews(options.reviews, 2_000 if options.small else None)
    bars = {"report_share_held": 0.93, "report_burst_found": 0.95}
    add(reports_on_texts(max(1, files // 10), read_reviews(labelled)), bars)
    report.finish()


def observed(
    rng: np.random.Generator, n: Counts, share: NDArray[np.float64], tpr: float = TPR
) -> Counts:
    """Reviews that the classifier calls unfavourable, where that many truly are on average."""
    return rng.binomial(n, share * tpr + (1 - share) * FPR)


def a_shop(
    rng: np.random.Generator,
    *,
    planted: int = 0,
    bad: tuple[int, int] = (MONTHS - 3, MONTHS),
    wobble: float = 0.0,
) -> tuple[Counts, Counts]:
    """100 products, 12 months, 5,000 reviews, few products with most of them.

    With `planted` reviews a month the first product goes from 15 to 45 % in the months `bad`, the
    last of which is not one of them.
    `wobble` is the correlation of two reviews of one product and month.
    """
    weight = rng.pareto(1.2, 100) + 0.2
    expected = weight / weight.sum() * 5_000 / MONTHS
    share = np.repeat(rng.beta(3, 17, 100)[:, None], MONTHS, axis=1)
    if planted:
        expected[0] = planted
        share[0], share[0, slice(*bad)] = 0.15, 0.45
    n = rng.poisson(np.repeat(expected[:, None], MONTHS, axis=1))
    if wobble:
        size = 1 / wobble - 1
        share = rng.beta(share * size + 1e-9, (1 - share) * size + 1e-9)
    return observed(rng, n, share), n


def changes_found(files: int, *, planted: int = 40) -> Figures:
    """A product that turned bad: found, in the right month, and smallest visible rise."""
    found, right, false = 0, 0, 0
    visible = []
    for file in range(files):
        scan = scan_changes(*a_shop(np.random.default_rng([file, 8]), planted=planted))
        alert = bool(scan.q[0] <= 0.05 and scan.worse[0])
        found += alert
        right += alert and scan.spell[0, 0] < 0 and int(scan.split[0]) == MONTHS - 3
        false += int((scan.q[1:] <= 0.05).sum())
        visible.append(scan.visible[0])
    return {
        "change_found": found / files,
        "change_right_month": right / max(1.0, found),
        "change_false_products_a_file": false / files,
        "change_smallest_visible": float(np.nanmean(visible)),
    }


def spells_found(files: int) -> Figures:
    """A product that was bad for three months and is well again: found, with the right months."""
    found = right = 0
    for file in range(files):
        bad = (2 + file % 7, 5 + file % 7)  # everywhere but at an end
        scan = scan_changes(*a_shop(np.random.default_rng([file, 9]), planted=40, bad=bad))
        alert = bool(scan.q[0] <= 0.05 and scan.worse[0])
        found += alert
        right += alert and tuple(scan.spell[0]) == bad
    return {"spell_found": found / files, "spell_right_months": right / max(1.0, found)}


def files_without_alert(files: int, wobble: float) -> float:
    """Nothing planted: the share of files in which nothing is alerted."""
    silent = 0
    for file in range(files):
        scan = scan_changes(*a_shop(np.random.default_rng([file, 7]), wobble=wobble), seed=file)
        silent += not (scan.q <= 0.05).any()
    return silent / files


def a_file(
    rng: np.random.Generator, reviews: int, months: int, *, late: int = 0, wobble: float = 0.0
) -> tuple[Counts, Counts]:
    """Months of one series, 15 % of it unfavourable, and 50 % in so many late months."""
    share = np.where(np.arange(months) >= months - late, 0.5, 0.15)
    if wobble:
        size = 1 / wobble - 1
        share = rng.beta(share * size, (1 - share) * size)
    n = rng.poisson(reviews / months, months)
    return observed(rng, n, share), n


def whole_file_found(files: int, reviews: int) -> Figures:
    """A file without products that went from 15 to 50 % with month 10 of 12."""
    found = right = 0
    for file in range(files):
        rng = np.random.default_rng([file, 16])
        scan, level = scan_whole(*a_file(rng, reviews, MONTHS, late=3), seed=file)
        alert = bool(scan.p[0] <= level and scan.worse[0])
        found += alert
        right += alert and scan.spell[0, 0] < 0 and int(scan.split[0]) == MONTHS - 3
    return {"whole_found": found / files, "whole_right_month": right / max(1.0, found)}


def whole_files_silent(files: int, reviews: int, months: int, wobble: float) -> float:
    """Nothing planted: the share of files without products in which nothing is alerted."""
    silent = 0
    for file in range(files):
        rng = np.random.default_rng([file, 17])
        scan, level = scan_whole(*a_file(rng, reviews, months, wobble=wobble), seed=file)
        silent += bool(scan.p[0] > level)
    return silent / files


def wholes_of_products_silent(files: int, wobble: float) -> float:
    """The same of files with products, whose months wobble each by itself."""
    silent = 0
    for file in range(files):
        x, n = a_shop(np.random.default_rng([file, 7]), wobble=wobble)
        scan, level = scan_whole(x.sum(axis=0), n.sum(axis=0), seed=file)
        silent += bool(scan.p[0] > level)
    return silent / files


def changes_of_a_brand(products: int) -> Figures:
    """One in 100 products turned bad: what share of the alerts is true, and seconds taken."""
    rng = np.random.default_rng(3)
    bad = products // 100
    n = rng.poisson(
        np.repeat((rng.pareto(1.2, products) * 8 + 2).clip(0, 2_000)[:, None], MONTHS, 1)
    )
    n[:bad] = rng.poisson(40, (bad, MONTHS))
    share = np.repeat(rng.beta(3, 17, products)[:, None], MONTHS, axis=1)
    share[:bad], share[:bad, -3:] = 0.15, 0.45
    x = observed(rng, n, share)
    start = time.perf_counter()
    scan = scan_changes(x, n)
    alerts = scan.q <= 0.05
    return {
        "brand_wall_s": time.perf_counter() - start,
        "brand_found": float(alerts[:bad].mean()),
        "brand_true_share": float(alerts[:bad].sum()) / max(1.0, float(alerts.sum())),
    }


def coverage(files: int, truth: float) -> Figures:
    """How often the interval holds the true share: 5,000 reviews, a check set of 250 and 250."""
    raw = held = 0
    widths = []
    for file in range(files):
        rng = np.random.default_rng([file, int(1_000 * truth)])
        bad = rng.binomial(5_000, truth)
        n = int(rng.binomial(bad, TPR) + rng.binomial(5_000 - bad, FPR))
        caught, alarms = int(rng.binomial(250, TPR)), int(rng.binomial(250, FPR))
        check = CheckSet(
            name="made", unfavourable=250, caught=caught, favourable=250, false_alarms=alarms
        )
        corrected = corrected_share(n, 5_000, check, seed=file)
        assert corrected.interval is not None
        low, high = corrected.interval
        held += low <= truth <= high
        widths.append(high - low)
        wilson = Count.make(n, 5_000, Selection(), Selection()).interval
        assert wilson is not None
        raw += wilson[0] <= truth <= wilson[1]
    return {
        "coverage": held / files,
        "coverage_raw": raw / files,
        "coverage_width": float(np.mean(widths)),
    }


def coverage_by_labels(files: int, *, labels: int = 200, truth: float = 0.2) -> Figures:
    """The same with labels of the file itself, where the classifier does worse than elsewhere."""
    held = 0
    for file in range(files):
        rng = np.random.default_rng([file, 11])
        bad = rng.random(5_000) < truth
        called = np.where(bad, rng.random(5_000) < 0.8, rng.random(5_000) < 0.12)
        some = rng.choice(5_000, labels, replace=False)
        found = share_from_labels(int(called.sum()), 5_000, called[some], bad[some], seed=file)
        assert found.interval is not None
        held += found.interval[0] <= bad.mean() <= found.interval[1]
    return {"coverage_by_labels": held / files}


def worst_ten(files: int, *, small: bool = False) -> Figures:
    """The ten worst of 1,000 products: their true share, and how often rank intervals hold.

    The products' sizes are log-normal, one in three with one or two reviews, one in eight with more
    than 40. `small` ones are Pareto's: nearly half have one or two.
    """
    shrunk, raw, oracle, held = [], [], [], []
    for file in range(max(1, files)):
        rng = np.random.default_rng([file, 5])
        if small:
            n = np.maximum(1, (rng.pareto(1.1, 1_000) * 4).clip(max=3_000)).astype(np.int64)
        else:
            n = rng.lognormal(np.log(7), 1.5, 1_000).clip(1, 3_000).astype(np.int64)
        share = rng.beta(3, 17, 1_000)
        x = observed(rng, n, share)
        ranked = rank_shares(x, n, seed=file)
        shrunk.append(share[ranked.rank <= 10].mean())
        raw.append(share[np.argsort(-x / n, kind="stable")[:10]].mean())
        oracle.append(np.sort(share)[-10:].mean())
        true_rank = np.empty(1_000, dtype=np.int64)
        true_rank[np.argsort(-share)] = np.arange(1, 1_001)
        held.append(((ranked.rank_low <= true_rank) & (true_rank <= ranked.rank_high)).mean())
    return {
        "worst_ten_true_share": float(np.mean(shrunk)),
        "worst_ten_true_share_raw": float(np.mean(raw)),
        "worst_ten_true_share_best_possible": float(np.mean(oracle)),
        "rank_interval_coverage": float(np.mean(held)),
    }


def mix_and_rate() -> Figures:
    """Constant products and a mix that moves the total by 8 points; and a reversed total."""
    n0, n1 = np.array([8_000, 2_000]), np.array([4_000, 6_000])
    share = np.array([0.1, 0.3])
    parts = split_change((n0 * share).astype(int), n0, (n1 * share).astype(int), n1)
    better = split_change((n0 * share).astype(int), n0, (n1 * (share - 0.02)).astype(int), n1)
    return {
        "mix_points": 100 * parts.mix,
        "rate_points": 100 * parts.rate,
        "reversal_warned": float(better.reversed_ and not parts.reversed_),
    }


def flipped_stars(accuracy: float, reviews: int = 20_000) -> Figures:
    """2 % of the stars flipped: how many of the 2 % surest contradictions are flips.

    The classifier is calibrated and has normal scores, so that no ranking by them does better.
    """
    apart = 2 * statistics.NormalDist().inv_cdf(accuracy)
    rng = np.random.default_rng(6)
    bad = rng.random(reviews) < 0.3
    score = np.where(bad, 1.0, -1.0) * apart / 2 + rng.normal(size=reviews)
    probability = 1 / (1 + np.exp(-(apart * score + np.log(0.3 / 0.7))))
    flipped = rng.random(reviews) < 0.02
    stars = np.where(bad ^ flipped, 1.0, 5.0)
    found = contradictions(probability, stars)
    both = np.concatenate((found.complaints_with_many_stars, found.praise_with_few_stars))
    against = np.where(stars[both] > 3, probability[both], 1 - probability[both])
    top = both[np.argsort(-against)][: reviews // 50]
    return {
        "flipped_stars_precision": float(flipped[top].mean()),
        "flipped_stars_found": float(flipped[top].sum()) / float(flipped.sum()),
    }


def bombing(files: int) -> Figures:
    """120 unfavourable reviews in 2 days on 2 a day: the window, and the share without it."""
    right = near = silent = 0
    for file in range(files):
        rng = np.random.default_rng([file, 9])
        daily = rng.negative_binomial(4, 4 / (4 + 2), 365)
        others = rng.poisson(8, 365)
        silent += not scan_days(daily)
        truth = _share(daily, others)
        day = int(rng.integers(5, 358))
        bombed = daily.copy()
        bombed[day : day + 2] += 60
        found = scan_days(bombed)
        if found and abs(found[0].first - day) <= 1 and abs(found[0].last - day - 1) <= 1:
            right += 1
        if found:
            kept = np.ones(365, dtype=bool)
            kept[found[0].first : found[0].last + 1] = False
            without = _share(bombed[kept], others[kept])
            near += abs(without - truth) <= 0.02
    return {
        "bombing_right_window": right / files,
        "bombing_share_within_2_points": near / files,
        "days_without_bombing_silent": silent / files,
    }


def _share(some: Counts, others: Counts) -> float:
    return float(some.sum()) / float(some.sum() + others.sum())


def short_text() -> Figures:
    """16 of 3,000 is no issue, 900 of 21,315 is one."""

    def issue(n: int, of: int) -> bool:
        return is_issue(Count.make(n, of, Selection(), Selection()))

    return {"issue_rule_right": float(issue(900, 21_315) and not issue(16, 3_000))}


def broken_strap(files: int, texts: Sequence[str]) -> Figures:
    """The words "strap broke" in 20 % of a month's complaints: among the first 3 phrases?"""
    found = silent = 0
    usable = min(len(texts), 3_000)
    for file in range(files):
        rng = np.random.default_rng([file, 12])
        some = [texts[place] for place in rng.permutation(len(texts))[:usable]]
        month, before = usable // 25, usable // 10
        group = np.arange(usable) < month
        earlier = (np.arange(usable) >= month) & (np.arange(usable) < month + before)
        others = np.arange(usable) >= month + before
        index = index_phrases(some)
        silent += not telling_phrases(index, group, [earlier, others])
        planted = max(8, month // 5)
        for place in range(planted):
            some[place] += rng.choice(
                [" The strap broke.", " Then the strap broke after a week!", " My strap broke"]
            )
        first = telling_phrases(index_phrases(some), group, [earlier, others], most=3)
        found += any("strap broke" in phrase.phrase for phrase in first)
    return {"strap_in_top_3": found / files, "random_files_without_words": silent / files}


def copies(texts: Sequence[str]) -> Figures:
    """40 copies of a text with 10 % of its words changed, among distinct texts."""
    rng = np.random.default_rng(13)
    template = next(text for text in texts if 60 <= len(text.split()) <= 100)
    words = [word for text in texts[:200] for word in text.split()]
    made = []
    for _ in range(40):
        copy = template.split()
        for place in rng.choice(len(copy), len(copy) // 10, replace=False):
            copy[place] = words[rng.integers(len(words))]
        made.append(" ".join(copy))
    clean = near_copies(texts)
    start = time.perf_counter()
    groups = near_copies([*texts, *made])
    members = max((int((group >= len(texts)).sum()) for group in groups), default=0)
    days = np.datetime64("2025-01-01") + rng.integers(0, 365, 50).astype("timedelta64[D]")
    short = near_copies(["Great product!"] * 50, days)
    return {
        "copies_found": members / 40,
        "false_groups": len(clean),
        "without_false_groups": float(not clean),
        "praise_over_a_year_is_no_campaign": float(not short),
        "copies_texts_a_s": len(texts) / (time.perf_counter() - start),
    }


def battery_and_price(files: int, texts: Sequence[str]) -> Figures:
    """Battery 20 to 60 % unfavourable while price goes 60 to 20 %: the total stays."""
    flagged = price = total = 0
    for file in range(files):
        rng = np.random.default_rng([file, 14])
        reviews, month = 1_800, rng.integers(0, MONTHS, 1_800)
        late = month >= MONTHS - 3
        about_battery = rng.random(reviews) < 0.5
        bad = rng.random(reviews) < np.where(late == about_battery, 0.6, 0.2)
        said = {
            (True, True): "the battery is bad",
            (True, False): "the battery is good",
            (False, True): "the price is bad",
            (False, False): "the price is good",
        }
        made = [
            f"{texts[int(place)]}. {said[bool(one), bool(two)]} {number}"  # no clause twice
            for number, (place, one, two) in enumerate(
                zip(rng.integers(0, len(texts), reviews), about_battery, bad, strict=True)
            )
        ]
        mentions = score_mentions(made, ("battery", "price"), noisy_score(rng), [0])
        scan = scan_changes(*by_month(mentions, month), wobble=False, seed=file)
        flagged += bool(scan.q[0] <= 0.05 and scan.worse[0])
        price += bool(scan.q[1] <= 0.05 and not scan.worse[1])
        called = np.where(bad, rng.random(reviews) < TPR, rng.random(reviews) < FPR)
        whole = np.bincount(month[called], minlength=MONTHS)[None]
        one = scan_changes(whole, np.bincount(month, minlength=MONTHS)[None], wobble=False)
        total += bool(one.q[0] > 0.05)
    return {
        "battery_flagged": flagged / files,
        "price_flagged_better": price / files,
        "total_not_flagged": total / files,
    }


def noisy_score(rng: np.random.Generator) -> Callable[[Sequence[str]], NDArray[np.float64]]:
    """A classifier that calls what is "bad" so with the rates of the others here."""

    def score(clauses: Sequence[str]) -> NDArray[np.float64]:
        bad = np.array(["bad" in clause for clause in clauses], dtype=bool)
        chance = rng.random(len(clauses))
        called = np.where(bad, chance < TPR, chance < FPR)
        return np.stack((called, ~called), axis=1).astype(np.float64)

    return score


def by_month(mentions: Any, month: NDArray[np.int64]) -> tuple[Counts, Counts]:
    x = [np.bincount(month[one.rows][one.unfavourable], minlength=MONTHS) for one in mentions]
    n = [np.bincount(month[one.rows], minlength=MONTHS) for one in mentions]
    return np.array(x), np.array(n)


if __name__ == "__main__":
    main()

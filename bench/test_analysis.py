"""The tools are judged by data whose truth is known."""

import array
import math
import os
import random
import tempfile
import unittest
import unittest.mock

import analysis
import report
import rounds
import sections_judgement

S = 10**9


def even(rate, seconds, shift=0, jitter=lambda k: 0, begin=7 * S):
    return [begin + shift + round(k * S / rate) + jitter(k) for k in range(int(rate * seconds))]


class Arrivals(unittest.TestCase):
    def test_a_perfect_schedule_has_no_distance_whatever_its_begin(self):
        for shift in (0, 123456):
            self.assertLess(analysis.even_distance(even(997, 10, shift), 997, 0.99), 1.5)

    def test_the_distance_is_half_the_width_of_uniform_noise(self):
        noise = random.Random(1)
        a = even(1000, 20, jitter=lambda k: noise.randrange(-50_000, 50_001))
        self.assertAlmostEqual(analysis.even_distance(a, 1000, 0.99) / 49_500, 1, delta=0.02)
        self.assertAlmostEqual(analysis.even_distance(a, 1000, 0.5) / 25_000, 1, delta=0.06)

    def test_one_in_fifty_far_away_shows_in_the_p99_and_not_in_the_p50(self):
        a = sorted(even(1000, 20, jitter=lambda k: 5_000_000 if k % 50 == 0 else 0))
        self.assertGreater(analysis.even_distance(a, 1000, 0.99), 400_000)
        self.assertLess(analysis.even_distance(a, 1000, 0.5), 100_000)

    def test_one_in_a_thousand_far_away_does_not_show_in_the_p99(self):
        a = even(100, 100, jitter=lambda k: 5_000_000 if k % 1000 == 5 else 0)
        self.assertLess(analysis.even_distance(a, 100, 0.99), 20_000)

    def test_bursts_of_ten_are_half_a_burst_period_away(self):
        a = [7 * S + (k // 10) * S // 10 for k in range(1000)]
        self.assertAlmostEqual(analysis.even_distance(a, 100, 0.99) / 45e6, 1, delta=0.02)

    def test_a_wrong_rate_is_slope_and_not_distance(self):
        a = even(1000 * (1 - 5e-4), 10)
        self.assertLess(analysis.even_distance(a, 1000, 0.99), 10)
        self.assertAlmostEqual(analysis.slope_ppm(a, 1000)[0], 500.25, delta=0.5)

    def test_the_slope_is_right_to_a_tenth_of_a_ppm_under_noise(self):
        noise = random.Random(2)
        for ppm in (0, 1, -3):
            a = even(997 / (1 + ppm * 1e-6), 60, jitter=lambda k: int(noise.expovariate(1 / 50e3)))
            found, error = analysis.slope_ppm(a, 997)
            self.assertAlmostEqual(found, ppm, delta=0.1)
            self.assertLess(error, 0.05)

    def test_a_few_that_are_very_late_do_not_turn_the_slope(self):
        noise = random.Random(7)
        a = even(997, 60, jitter=lambda k: 30_000_000 * (noise.random() < 0.001 * k / 20_000))
        self.assertAlmostEqual(analysis.slope_ppm(a, 997)[0], 0, delta=0.1)

    def test_the_standard_error_of_the_slope_is_what_slopes_vary_by(self):
        noise, found = random.Random(8), []
        for _ in range(100):
            a = even(100, 60, jitter=lambda k: int(noise.gauss(0, 1e6)))
            found.append(analysis.slope_ppm(a, 100))
        spread = math.sqrt(sum(f * f for f, _ in found) / 100)
        self.assertAlmostEqual(sum(e for _, e in found) / 100 / spread, 1, delta=0.2)

    def test_a_pace_that_changes_in_the_middle_is_not_even(self):
        a = even(1000, 5) + [12 * S + k * S // 990 for k in range(4950)]
        self.assertAlmostEqual(analysis.even_distance(a, 1000, 0.99) / 1e6, 12, delta=2)

    def test_gap_variation_of_even_poisson_and_alternating_gaps(self):
        self.assertLess(analysis.gap_variation(even(1000, 5)), 1e-6)
        noise, t, poisson = random.Random(3), 0.0, []
        for _ in range(50_000):
            t += noise.expovariate(1000)
            poisson.append(int(t * S))
        self.assertAlmostEqual(analysis.gap_variation(poisson), 1, delta=0.03)
        a = even(1000, 5, jitter=lambda k: 250_000 * (k % 2))
        self.assertAlmostEqual(analysis.gap_variation(a), 0.25, delta=0.001)

    def test_dispersion_is_one_for_poisson_and_none_for_even_and_more_for_bursts(self):
        noise, t, poisson = random.Random(4), 0.0, []
        for _ in range(200_000):
            t += noise.expovariate(1000)
            poisson.append(int(t * S))
        for window, width in ((S // 100, 0.04), (S // 10, 0.11)):
            found, error = analysis.dispersion(poisson, window)
            self.assertAlmostEqual(found, 1, delta=width)
            self.assertLess(error, width / 2.5)
        self.assertLess(analysis.dispersion(even(1000, 20), S // 100)[0], 0.02)
        twice = sorted(poisson * 2)
        self.assertAlmostEqual(analysis.dispersion(twice, S // 100)[0], 2, delta=0.1)

    def test_the_start_is_left_out(self):
        a = even(1000, 5)
        self.assertEqual(analysis.after_start(a[::-1], S), a[1000:])
        self.assertEqual(analysis.after_start([], S), [])

    def test_late_ones_are_counted_and_the_schedule_is_that_of_the_punctual(self):
        a = even(1000, 10, jitter=lambda k: 3_000_000 if k % 20 == 0 else 40_000)
        self.assertAlmostEqual(analysis.late_share(a, 1000, 1_000_000), 0.05, delta=0.001)
        self.assertEqual(analysis.late_share(even(1000, 10), 1000, 1_000_000), 0)


class Ramps(unittest.TestCase):
    def instants(self, late=lambda k: 0, count=5500):
        return [7 * S + int(analysis.ramp_instant(k, 100, 1000, 10) * S) + late(k)
                for k in range(count)]

    def test_the_instants_are_those_of_the_integral(self):
        self.assertAlmostEqual(analysis.ramp_instant(5500, 100, 1000, 10), 10)
        t = analysis.ramp_instant(1234, 100, 1000, 10)
        self.assertAlmostEqual(100 * t + 45 * t * t, 1234)
        self.assertAlmostEqual(analysis.ramp_instant(50, 100, 100, 10), 0.5)

    def test_a_ramp_on_time_exceeds_nothing(self):
        noise = random.Random(5)
        a = self.instants(lambda k: noise.randrange(0, 900_000))
        self.assertEqual(analysis.ramp_excess(a, 100, 1000, 10), 0)

    def test_what_is_beyond_a_millisecond_counts_at_the_rate_of_its_instant(self):
        a = self.instants(lambda k: 3_000_000 if k < 2000 else 0)
        self.assertAlmostEqual(analysis.ramp_excess(a, 100, 1000, 10), 0.5, delta=0.01)

    def test_a_ramp_that_lost_three_requests_shows(self):
        a = self.instants()
        del a[1000:1006]
        self.assertGreater(analysis.ramp_excess(a, 100, 1000, 10), 2)

    def test_steps_instead_of_a_ramp_show(self):
        a = [7 * S + k * S // 550 for k in range(5500)]
        self.assertGreater(analysis.ramp_excess(a, 100, 1000, 10), 100)


class Logs(unittest.TestCase):
    def test_a_log_is_read_as_it_was_written(self):
        words = array.array("Q", [analysis.NO_INDEX, 100, 150, 4, 200, 0, 5, 300, 330])
        with tempfile.NamedTemporaryFile(delete=False) as f:
            f.write(words.tobytes())
        log = analysis.read_log(f.name)
        self.assertEqual(list(log.arrival), [100, 200, 300])
        self.assertEqual(analysis.latencies(log), [30, 50])
        with open(f.name, "ab") as more:
            more.write(b"12345678")
        with self.assertRaises(ValueError):
            analysis.read_log(f.name)
        os.unlink(f.name)

    def test_quantiles_are_nearest_ranks(self):
        v = list(range(1, 101))
        self.assertEqual([analysis.quantile(v, q) for q in (0.5, 0.9, 0.99, 1)], [50, 90, 99, 100])
        self.assertEqual(analysis.quantile([5], 0.5), 5)
        self.assertIsNone(analysis.quantile([], 0.5))


class Judgement(unittest.TestCase):
    def test_deviations_are_those_within_the_groups(self):
        self.assertAlmostEqual(analysis.deviation([2, 4, 4, 4, 5, 5, 7, 9]), 2.13809, places=5)
        up = [[math.exp(x + k) for x in (-0.01, 0, 0.01)] for k in range(5)]
        self.assertAlmostEqual(analysis.pooled_deviation(up), 0.01)
        self.assertAlmostEqual(analysis.pooled_deviation(up + [[3, 3]]), 0.01 * math.sqrt(10 / 11))

    def test_a_slow_run_stands_between_two_clean_ones(self):
        names = [f.name for f in sections_judgement.by_turns(4)]
        self.assertEqual(names, ["clean", "slow", "clean", "clean", "slow", "clean"])
        clean, slow = list(sections_judgement.by_turns(1))
        self.assertAlmostEqual((slow.numbers / clean.numbers) ** 2, 1.1)

    def test_what_a_command_printed_is_found_among_what_it_said(self):
        said = 'ct: warning: {odd}\n{"schema": "x",\n "a": 1}\nct: note: done\n'
        self.assertEqual(sections_judgement.printed({"out": said}), {"schema": "x", "a": 1})

    def verdicts_of_pairs(self, same_worse, found, noise):
        out = report.Report()
        sections_judgement.report_pairs(out, {"worse": same_worse, "not_worse": 200 - same_worse},
                                        {"worse": found, "inconclusive": 100 - found}, noise)
        return [row[4] for row in out.rows]

    def test_pairs_are_judged_unless_the_machine_is_too_noisy(self):
        self.assertEqual(self.verdicts_of_pairs(4, 95, 3), [report.REACHED, report.REACHED])
        self.assertEqual(self.verdicts_of_pairs(5, 94, 1), [report.MISSED, report.MISSED])
        self.assertEqual(self.verdicts_of_pairs(0, 100, 3.1), [report.NOT_HERE, report.NOT_HERE])

    def verdicts_of_searches(self, capacities, half_width, sorts=None):
        out = report.Report()
        sections_judgement.report_searches(out, [
            {"capacity": c, "low": c * (1 - half_width), "high": c * (1 + half_width),
             "ending": "precise", "minutes": 1.5, "steal": 0.0, "sort_us": s}
            for c, s in zip(capacities, sorts or [300.0] * len(capacities))])
        return [row[4] for row in out.rows[:3]], out.rows[2][2]

    def test_searches_are_held_against_their_own_median(self):
        near = [100, 101, 99, 100.5, 99.5, 100, 101, 99, 102, 98]
        reached, missed = report.REACHED, report.MISSED
        self.assertEqual(self.verdicts_of_searches(near, 0.015), ([reached] * 3, "8"))
        self.assertEqual(self.verdicts_of_searches(near, 0.005)[0], [reached, reached, missed])
        far = [100 + 3 * (x - 100) for x in near]
        self.assertEqual(self.verdicts_of_searches(far, 0.1), ([missed, missed, reached], "10"))

    def searches_that_are_fit(self, steals):
        made = iter({"capacity": k, "steal": s, "sort_us": 300.0} for k, s in enumerate(steals))
        with unittest.mock.patch.object(sections_judgement, "one_search", lambda *_: next(made)):
            found, robbed = sections_judgement.fit_searches(unittest.mock.Mock(), None, 3, 300)
        return [a["capacity"] for a in found], [a["capacity"] for a in robbed]

    def test_a_search_that_was_robbed_of_time_is_made_again_but_not_for_ever(self):
        self.assertEqual(self.searches_that_are_fit([0, 2.1, 2, 9, 1]), ([0, 2, 4], [1, 3]))
        with self.assertRaises(rounds.NotMeasurable):
            self.searches_that_are_fit([0, 1, 3, 3, 3, 0])

    def test_searches_on_a_machine_that_moves_are_held_against_its_speed(self):
        near = [100, 101, 99, 100.5, 99.5, 100, 101, 99, 102, 98]
        faster = [1 + 0.02 * k for k in range(10)]
        moved = [c * f for c, f in zip(near, faster)]
        sorts = [300 / f for f in faster]
        self.assertEqual(self.verdicts_of_searches(moved, 0.1, sorts=sorts)[0],
                         [report.NOT_HERE, report.REACHED, report.REACHED])
        self.assertEqual(self.verdicts_of_searches(moved, 0.1)[0][:2], [report.MISSED] * 2)
        self.assertEqual(self.verdicts_of_searches(near, 0.1, sorts=sorts)[0][:2],
                         [report.REACHED, report.MISSED])


class Rounds(unittest.TestCase):
    def setUp(self):
        self.stat = rounds.stolen_and_all
        self.steal = iter(())
        self.clock = [0, 0]
        rounds.stolen_and_all = lambda: tuple(self.clock)

    def tearDown(self):
        rounds.stolen_and_all = self.stat

    def run_with(self, steals, name, seen):
        def run():
            self.clock[0] += next(steals)
            self.clock[1] += 1000
            seen.append(name)
            return {"cpu": 2.0 if name == "a" else 4.0}
        return run

    def test_the_order_turns(self):
        seen, steals = [], iter([0] * 100)
        found = rounds.in_rounds({n: self.run_with(steals, n, seen) for n in "abc"}, 3)
        self.assertEqual("".join(seen), "abccbaabc")
        interval = rounds.ratio(found, "a", "b", lambda r: r["cpu"])
        self.assertEqual((interval.median, interval.low, interval.high), (0.5, 0.5, 0.5))

    def test_a_disturbed_round_is_repeated(self):
        for disturbance in ([21, 21], [0, 11]):
            seen, steals = [], iter(disturbance + [0] * 100)
            rounds.in_rounds({n: self.run_with(steals, n, seen) for n in "ab"}, 2)
            self.assertEqual("".join(seen), "ababba")

    def test_little_steal_disturbs_nothing(self):
        seen, steals = [], iter([6, 6, 19, 10])
        rounds.in_rounds({n: self.run_with(steals, n, seen) for n in "ab"}, 2)
        self.assertEqual("".join(seen), "abba")

    def test_what_is_withheld_is_left_out_unless_it_is_usual(self):
        results = {"a": [{"v": 5}, {"v": None}, {"v": 9}], "b": [{"v": 2}, {"v": 1}, {"v": 3}]}

        def value(run):
            return run["v"]
        self.assertEqual(rounds.ratio(results, "a", "b", value)[:3], (2.75, 2.5, 3.0))
        self.assertEqual(rounds.difference(results, "a", "b", value)[:3], (4.5, 3, 6))
        self.assertEqual(rounds.typical(results, "a", value), 7)
        results["b"][0]["v"] = None
        with self.assertRaises(rounds.NotMeasurable):
            rounds.ratio(results, "a", "b", value)
        self.assertIsNone(rounds.typical({"a": [{"v": None}]}, "a", value))

    def test_a_machine_that_is_never_quiet_measures_nothing(self):
        seen, steals = [], iter([30] * 100)
        with self.assertRaises(rounds.NotMeasurable):
            rounds.in_rounds({n: self.run_with(steals, n, seen) for n in "ab"}, 2)
        self.assertEqual(len(seen), 8)

    def test_a_peer_that_fails_is_left_out_and_ct_is_not(self):
        def fails():
            raise rounds.Failed("no")
        seen, steals = [], iter([0] * 100)
        runs = {"a": self.run_with(steals, "a", seen), "b": fails}
        self.assertEqual(list(rounds.in_rounds(runs, 2, spare=["b"])), ["a"])
        self.assertEqual(len(seen), 2)
        with self.assertRaises(rounds.Failed):
            rounds.in_rounds(runs, 2)

    def test_sign_test_intervals(self):
        found = rounds.sign_test_interval(range(1, 12))
        self.assertEqual((found.median, found.low, found.high), (6, 2, 10))
        self.assertAlmostEqual(found.coverage, 1 - 24 / 2048)
        few = rounds.sign_test_interval([3, 1, 2])
        self.assertEqual((few.low, few.high), (1, 3))
        self.assertAlmostEqual(few.coverage, 0.75)
        self.assertEqual(rounds.sign_test_interval(range(1, 22))[1:3], (6, 16))

    def test_a_sign_test_interval_covers_as_often_as_it_says(self):
        noise, inside = random.Random(6), 0
        for _ in range(2000):
            found = rounds.sign_test_interval([math.exp(noise.gauss(0, 1)) for _ in range(11)])
            inside += found.low <= 1 <= found.high
        self.assertAlmostEqual(inside / 2000, 0.988, delta=0.01)


if __name__ == "__main__":
    unittest.main()

package dev.tally.accounting;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;

/** What the rows of whole months tell of some days, and how CSV writes it. */
class UsageTest {

    private static final Instant LATE = Instant.parse("2026-06-01T00:00:00Z");

    @Test
    void the_first_day_has_a_row_for_each_title_with_active_licenses() {
        var rows =
                List.of(
                        row("2026-03-01", "glow", 2, 2),
                        row("2026-03-02", "gone", 1, 0),
                        row("2026-03-20", "glow", 1, 3));

        var usage = usage(rows, "2026-03-10", "2026-03-31");

        assertThat(usage.days())
                .containsExactly(row("2026-03-10", "glow", 0, 2), row("2026-03-20", "glow", 1, 3));
    }

    @Test
    void the_row_of_a_month_without_a_change_is_left_out_within_an_answer() {
        var rows =
                List.of(
                        row("2026-03-01", "glow", 2, 2),
                        row("2026-04-01", "glow", 0, 2),
                        row("2026-04-02", "glow", 0, 1));

        assertThat(usage(rows, "2026-03-01", "2026-04-30").days())
                .containsExactly(rows.get(0), rows.get(2));
    }

    @Test
    void an_answer_is_closed_and_counted_until_its_end_once_its_last_day_is_closed() {
        var closed = usage(List.of(), "2026-03-01", "2026-04-30");
        assertThat(closed.closed()).isTrue();
        assertThat(closed.countedUntil()).isEqualTo("2026-05-01T00:00:00Z");

        assertThat(usage(List.of(), "2026-03-01", "2026-05-01").closed()).isFalse();
    }

    @Test
    void a_value_in_csv_is_no_formula_and_ends_where_it_ends() {
        assertThat(UsageCsv.value("=HYPERLINK(\"x\",\"y\")"))
                .isEqualTo("\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
        for (var begin : List.of("+1", "-1", "@x", " =1", "\t=1", "＝1")) {
            assertThat(UsageCsv.value(begin)).startsWith("\"'");
        }
        assertThat(UsageCsv.value("a,b")).isEqualTo("\"a,b\"");

        assertThat(
                        UsageCsv.text(
                                usage(
                                        List.of(row("2026-03-01", "-glow", 2, 2)),
                                        "2026-03-01",
                                        "2026-03-31")))
                .isEqualTo(
                        """
                        day,studioId,titleId,licenseType,acquired,active,renewed,released,revoked,plays,overLimit\r
                        2026-03-01,"studio","'-glow",DOWNLOAD,2,2,0,0,0,0,0\r
                        """);
    }

    private static Usage usage(List<UsageRow> rows, String from, String to) {
        return Usage.of(
                rows,
                "studio",
                LocalDate.parse(from),
                LocalDate.parse(to),
                LocalDate.of(2026, 5, 1),
                LATE);
    }

    private static UsageRow row(String day, String title, int acquired, int active) {
        return new UsageRow(
                LocalDate.parse(day), title, "DOWNLOAD", acquired, active, 0, 0, 0, 0, 0);
    }
}

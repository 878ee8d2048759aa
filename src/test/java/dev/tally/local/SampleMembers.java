package dev.tally.local;

import dev.tally.catalog.ShippedPolicies;
import dev.tally.catalog.Title;
import dev.tally.eventstore.EventStore;
import dev.tally.eventstore.postgres.HistoryCopy;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.write.AccountModel;
import dev.tally.local.Database.Role;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Three members with most of a year of history, so that the page has something to show: Mia cannot
 * download on her new phone, Noah has used all downloads of a film, and Ella's film stopped in the
 * plane.
 */
public final class SampleMembers {

    /** Part of the page's address, after the path: why Mia cannot download. */
    static final String FIRST_VIEW =
            "#/customer/mia?why=true&title=glow-s01e01&device=new-phone&plan=standard";

    private static final int DAYS = 330;

    /** Months that the sample needs partitions for, before this one. */
    private static final int MONTHS = 11;

    private static final int EVENTS_PER_GENERATION = 50;

    private final Map<String, Title> titles;
    private final EventStore store;
    private final Instant midnight;

    private SampleMembers(Map<String, Title> titles, EventStore store, Instant midnight) {
        this.titles = titles;
        this.store = store;
        this.midnight = midnight;
    }

    /**
     * Loads the members into a database that has the sample catalogue and no customer.
     *
     * @return false if there are customers already; then nothing is loaded
     */
    public static boolean load(Database database, Instant now) throws SQLException, IOException {
        Map<String, Title> titles;
        try (var connection = database.connect(Role.TALLY_OWNER)) {
            if (isTrue(connection, "exists (select from tally.customer)")) return false;
            titles = titles(connection);
            createMonths(connection, now);
            ageTitles(connection, now);
        }
        var source = database.dataSource(Role.TALLY_OWNER);
        try (var copy = new HistoryCopy(source, AccountModel.MODEL, EVENTS_PER_GENERATION)) {
            var midnight = now.truncatedTo(ChronoUnit.DAYS);
            var members = new SampleMembers(titles, copy, midnight);
            members.mia();
            members.noah();
            members.ella();
            copy.commit();
        }
        return true;
    }

    /** True if the members are in the database. */
    static boolean isIn(Database database) throws SQLException {
        try (var connection = database.connect(Role.TALLY_OWNER)) {
            return isTrue(
                    connection, "exists (select from tally.customer where customer_id = 'mia')");
        }
    }

    private static boolean isTrue(Connection connection, String condition) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("select " + condition)) {
            row.next();
            return row.getBoolean(1);
        }
    }

    /** Titles are taken to have been available all the time. */
    private static Map<String, Title> titles(Connection connection) throws SQLException {
        var titles = new LinkedHashMap<String, Title>();
        try (var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                "select title_id, name, studio_id from tally.title order by 1")) {
            while (rows.next()) {
                var id = new TitleId(rows.getString(1));
                var studio = new StudioId(rows.getString(3));
                titles.put(id.value(), new Title(id, rows.getString(2), studio, null, null));
            }
        }
        return titles;
    }

    private static void createMonths(Connection connection, Instant now) throws SQLException {
        try (var create = connection.prepareStatement("select tally.create_partitions(?, ?)")) {
            create.setObject(1, now.minus(Duration.ofDays(DAYS)).atOffset(ZoneOffset.UTC));
            create.setInt(2, MONTHS);
            create.execute();
        }
    }

    /** Lets the titles have been listed before the histories begin, so that the past knows them. */
    private static void ageTitles(Connection connection, Instant now) throws SQLException {
        for (var table : List.of("title", "title_history")) {
            try (var age =
                    connection.prepareStatement("update tally." + table + " set changed_at = ?")) {
                age.setObject(1, now.minus(Duration.ofDays(DAYS)).atOffset(ZoneOffset.UTC));
                age.execute();
            }
        }
    }

    /** What happens, in the order of its time. */
    private static final class Diary {

        private record Entry(Instant at, Consumer<Instant> act) {}

        private final List<Entry> entries = new ArrayList<>();

        void add(Instant at, Consumer<Instant> act) {
            entries.add(new Entry(at, act));
        }

        void live() {
            entries.sort(Comparator.comparing(Entry::at));
            entries.forEach(entry -> entry.act.accept(entry.at));
        }
    }

    /** A time of a day that is so many days ago. */
    private Instant ago(int days, int hour, int minute) {
        return midnight.minus(Duration.ofDays(days)).plus(Duration.ofMinutes(hour * 60L + minute));
    }

    private Title title(String id) {
        return titles.get(id);
    }

    /** An episode of a series, counted from 0 through all its seasons. */
    private Title episode(String series, int number) {
        return titles.values().stream()
                .filter(title -> title.id().value().matches(series + "-s\\d+e\\d+"))
                .skip(number)
                .findFirst()
                .orElseThrow();
    }

    private SampleMember member(String id, String plan, int devices) {
        var planId = new PlanId(plan);
        return new SampleMember(id, planId, ShippedPolicies.ofPlan(planId, devices), store);
    }

    /** Downloads an episode, watches it two days later, and gives it back or lets it run out. */
    private void evening(Diary diary, SampleMember member, Title title, String device, int days) {
        diary.add(
                ago(days, 19, 10 + days % 40),
                at -> {
                    var license = member.download(title, device, at);
                    var begin = at.plus(Duration.ofHours(25));
                    var end = begin.plus(Duration.ofMinutes(48));
                    member.play(license, title, begin, end);
                    if (days % 3 == 0) member.release(license, end.plusSeconds(300));
                });
    }

    /**
     * Mia's plan allows downloads on two devices. She took her old phone off in summer; the tablet
     * and the phone that followed hold downloads now, so her new phone may not have any.
     */
    private void mia() {
        var mia = member("mia", "standard", 2);
        var diary = new Diary();
        for (int n = 0; n < 16; n++) {
            var title = episode("glow", n);
            var device = n % 3 == 0 ? "tablet" : n < 9 ? "old-phone" : "phone";
            evening(diary, mia, title, device, 325 - n * 19);
        }
        for (int n = 0; n < 6; n++) {
            var title = episode("salt-and-iron", n);
            diary.add(ago(300 - n * 50, 20, 15), at -> mia.stream(title, 24, at));
        }
        diary.add(ago(150, 9, 30), at -> mia.deactivate("old-phone", at));
        diary.add(ago(12, 18, 5), at -> mia.download(episode("glow", 16), "tablet", at));
        diary.add(ago(9, 18, 40), at -> mia.download(episode("glow", 17), "phone", at));
        diary.live();
    }

    /** Noah's family downloads one film again and again, once without ever storing it. */
    private void noah() {
        var noah = member("noah", "premium", 6);
        var film = title("the-paper-captain");
        var diary = new Diary();
        diary.add(
                ago(320, 17, 20),
                at -> noah.release(noah.download(film, "tablet", at), at.plus(Duration.ofDays(3))));
        diary.add(ago(241, 16, 5), at -> noah.download(film, "phone", at));
        diary.add(ago(164, 18, 45), at -> noah.unconfirmed(film, "kids-tablet", at));
        diary.add(ago(98, 19, 0), at -> noah.download(film, "kids-tablet", at));
        diary.add(
                ago(44, 7, 50),
                at ->
                        noah.revoke(
                                noah.download(film, "laptop", at),
                                "FRAUD",
                                at.plus(Duration.ofHours(30))));
        diary.add(ago(5, 20, 30), at -> noah.download(film, "phone", at));
        for (int n = 0; n < 10; n++) {
            var title = episode("winter-kitchen", n);
            evening(diary, noah, title, n % 2 == 0 ? "phone" : "kids-tablet", 310 - n * 30);
        }
        for (int n = 0; n < 4; n++) {
            var title = episode("copper-street", n);
            diary.add(ago(290 - n * 70, 21, 0), at -> noah.stream(title, 31, at));
        }
        diary.live();
    }

    /**
     * Ella's tablet told only after the journey that she had begun the film at the airport, so that
     * its 48 hours ended on the flight back. While the database was away, a node gave her a license
     * beyond her plan's one device.
     */
    private void ella() {
        var ella = member("ella", "basic", 1);
        var film = title("marble-and-rain");
        var diary = new Diary();
        for (int n = 0; n < 12; n++) {
            var title = episode("station-eleven-north", n);
            evening(diary, ella, title, "tablet", 318 - n * 24);
        }
        diary.add(
                ago(24, 21, 40),
                at -> {
                    var license = ella.download(film, "tablet", at);
                    var begin = at.plus(Duration.ofHours(11));
                    ella.playOffline(
                            license,
                            film,
                            begin,
                            begin.plus(Duration.ofMinutes(35)),
                            at.plus(Duration.ofDays(4)));
                });
        diary.add(ago(10, 20, 15), at -> ella.download(episode("glow", 0), "tablet", at));
        diary.add(
                ago(6, 12, 0),
                at ->
                        ella.grantedAlone(
                                title("orchard-road"),
                                "phone",
                                at.minus(Duration.ofMinutes(50)),
                                at.plus(Duration.ofDays(2)),
                                at));
        diary.live();
    }
}

package dev.tally.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.ids.DeviceId;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.events.DeviceEvent.DeviceRenamed;
import dev.tally.licensing.write.AccountModel;
import dev.tally.local.Database.Role;
import dev.tally.runtime.Ids;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The page answers why an account is as it is, in a browser and by role and name alone. */
class PageIT {

    private static final Path SCREENS = Path.of("target/screens");
    private static final String EVIL = "<img src=x onerror=document.title='run'>";

    private static final Pattern TIMELINE = Pattern.compile(".*/timeline.*");

    private static Chromium chromium;

    /** A member of whom the tests change nothing. */
    private static Customer anna;

    /** A member who was denied a download twice, and of whom the tests change nothing either. */
    private static Customer bert;

    private static String studio;
    private static String title;
    private static String second;
    private static List<Instant> times;

    private final TallyServer server = TallyServer.get();
    private Page page;

    @BeforeAll
    static void aMemberWhoMayNotDownloadOnATablet() {
        chromium = Chromium.start();
        anna = new Customer();
        studio = "studio-" + Ids.next();
        title = Customer.newTitle(studio);
        second = Customer.newTitle();
        var license =
                anna.acquire("wish", title, "phone", "basic").json().get("licenseId").stringValue();
        anna.post(license, "/confirmation");
        var session = "{\"licenseId\":\"%s\",\"sessionId\":\"evening\"}".formatted(license);
        anna.edge().post(anna.path("/sessions"), session);
        for (var type : List.of("PAUSE", "RESUME", "PAUSE", "RESUME")) {
            anna.edge()
                    .post(
                            anna.path("/sessions/evening/events"),
                            "{\"type\":\"%s\"}".formatted(type));
        }
        anna.edge().post(anna.path("/sessions/evening/events"), "{\"type\":\"STOP\"}");
        anna.edge()
                .post(
                        anna.path("/licenses"),
                        "{\"titleId\":\"%s\",\"deviceId\":\"phone\",\"deviceName\":\"%s\",\"plan\":\"basic\",\"type\":\"DOWNLOAD\"}"
                                .formatted(second, EVIL));
        times =
                anna.reader()
                        .get(anna.path("/timeline"))
                        .json()
                        .get("commands")
                        .valueStream()
                        .map(command -> Instant.parse(command.get("at").stringValue()))
                        .toList();
    }

    @BeforeAll
    static void aMemberWhoWasDeniedTwice() {
        bert = new Customer();
        var film = Customer.newTitle();
        bert.acquire(film, "phone", "basic");
        bert.acquire(film, "tablet", "basic");
        bert.acquire(film, "tablet", "basic");
    }

    @AfterAll
    static void close() {
        if (chromium != null) chromium.close();
    }

    @AfterEach
    void nothingWasThrown() {
        if (page != null) page.context().close();
        assertThat(chromium.errors()).isEmpty();
    }

    private Page open(String view) {
        return open(view, 1280, ColorScheme.LIGHT);
    }

    private Page open(String view, int width, ColorScheme scheme) {
        page = chromium.page(width, width < 500 ? 844 : 800, scheme);
        page.navigate(server.url() + "/ui/" + view);
        return page;
    }

    private void signIn(String role) {
        field("Token").fill(server.tokens().of(role));
        button("Sign in").click();
    }

    private Locator button(String name) {
        return page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName(name).setExact(true));
    }

    private Locator field(String label) {
        return page.getByLabel(label, new Page.GetByLabelOptions().setExact(true));
    }

    private void look(String id) {
        page.getByRole(AriaRole.SEARCHBOX, new GetByRoleOptions().setName("Customer or other id"))
                .fill(id);
        button("Look").click();
    }

    private Locator region(String name) {
        return page.getByRole(AriaRole.REGION, new GetByRoleOptions().setName(name).setExact(true));
    }

    private Locator event(String name) {
        return page.getByRole(
                        AriaRole.LIST,
                        new GetByRoleOptions().setName("Events, newest first").setExact(true))
                .getByRole(
                        AriaRole.BUTTON,
                        new Locator.GetByRoleOptions().setName(Pattern.compile("^" + name)));
    }

    private static String of(Customer customer) {
        return "#/customer/" + customer.id;
    }

    private void screen(String name) {
        page.screenshot(
                new Page.ScreenshotOptions()
                        .setPath(SCREENS.resolve(name + ".png"))
                        .setFullPage(true));
    }

    /** No violation of accessibility in the page as it is now. */
    private void accessible() {
        assertThat(chromium.violations(page)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1280,LIGHT", "1280,DARK", "390,LIGHT", "390,DARK"})
    void a_customer_is_found_and_shown(int width, ColorScheme scheme) {
        open("", width, scheme);
        accessible();
        screen("sign-in-%d-%s".formatted(width, scheme));
        signIn("reader");
        look(anna.id);

        assertThat(region("Devices")).containsText("1 active");
        assertThat(region("Active licenses")).containsText(second);
        assertThat(region("Budgets")).containsText("1 of 1");
        assertThat(event("LicenseIssued").first()).isVisible();
        assertThat(page).hasURL(Pattern.compile(".*#/customer/" + anna.id + "$"));
        event("LicenseIssued").first().click();
        assertThat(page.getByRole(AriaRole.GROUP, name("Event "))).isVisible();
        accessible();
        assertThat((Boolean) page.evaluate("document.documentElement.scrollWidth > innerWidth"))
                .as("the page is wider than the screen")
                .isFalse();
        screen("customer-%d-%s".formatted(width, scheme));
    }

    /** Lets a problem be the answer to each question for a timeline. */
    private void answerTimeline(int status, String detail) {
        page.route(
                TIMELINE,
                route ->
                        route.fulfill(
                                new Route.FulfillOptions()
                                        .setStatus(status)
                                        .setContentType("application/problem+json")
                                        .setBody(
                                                "{\"title\":\"Trouble\",\"detail\":\"%s\"}"
                                                        .formatted(detail))));
    }

    private static GetByRoleOptions name(String begin) {
        return new GetByRoleOptions().setName(Pattern.compile("^" + begin));
    }

    @Test
    void the_account_is_shown_as_it_was_and_what_differs_is_marked() {
        open(of(anna));
        signIn("reader");
        assertThat(region("Active licenses")).containsText(second);

        button("Step back in time").click();
        button("Step back in time").click();

        assertThat(region("Active licenses")).containsText("gone");
        assertThat(region("Active licenses").getByRole(AriaRole.BUTTON)).hasCount(1);
        assertThat(page).hasURL(Pattern.compile(".*[?&]at=2.*"));
        accessible();
        screen("scrubbed");

        field("Go to a time").fill("2020-01-01 00:00:00");
        button("Go").click();
        assertThat(region("Devices")).containsText("0 active");
        field("Go to a time").fill("yesterday");
        button("Go").click();
        assertThat(page.getByText("That is no time.")).isVisible();
        button("Now").click();
        assertThat(region("Active licenses")).containsText(second);
    }

    @Test
    void an_event_tells_all_and_how_it_is_found_again() throws SQLException {
        open(of(anna) + "?open=1,2");
        signIn("reader");

        var first = page.getByRole(AriaRole.GROUP, name("Event 1"));
        assertThat(first).containsText("wish");
        assertThat(first).containsText("edge:edge");
        assertThat(first).containsText("ISSUED");
        assertThat(first).containsText("Devices with downloads: 0 → 1 of 1");
        assertThat(first).containsText("mapper LicenseIssued/1");
        assertThat(page.getByRole(AriaRole.GROUP, name("Event 2"))).isVisible();
        accessible();
        screen("event");
        assertThat(first.getByRole(AriaRole.GROUP, exactly("curl"))).containsText("eventId=1");
        var sql = first.getByRole(AriaRole.GROUP, exactly("SQL")).textContent();
        try (var connection = server.database().connect(Role.TALLY_READER);
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            assertThat(row.next()).isTrue();
            assertThat(row.getString("event")).isEqualTo("LicenseIssued");
            assertThat(row.next()).isFalse();
        }
        first.getByRole(
                        AriaRole.BUTTON,
                        new Locator.GetByRoleOptions().setName("3 DeviceActivated"))
                .click();
        assertThat(page.getByRole(AriaRole.GROUP, name("Event 3"))).isVisible();
    }

    private static Locator.GetByRoleOptions exactly(String name) {
        return new Locator.GetByRoleOptions().setName(name).setExact(true);
    }

    @ParameterizedTest
    @CsvSource({"1280,LIGHT", "390,DARK"})
    void a_denial_is_explained_and_leads_to_the_events_that_count(int width, ColorScheme scheme) {
        open(of(anna), width, scheme);
        signIn("reader");
        assertThat(region("Devices")).containsText("1 active");
        button("Why?").click();
        field("Title").fill(title);
        field("Device").fill("tablet");
        field("Plan").fill("basic");
        button("Decide").click();

        var why = region("Why");
        assertThat(why).containsText("Denied");
        var rule =
                why.getByRole(AriaRole.ROW)
                        .filter(new Locator.FilterOptions().setHasText("Devices with downloads"));
        assertThat(rule).containsText("denies");
        assertThat(rule).containsText("1 of 1");
        assertThat(rule).containsText("take a device off the account");
        accessible();
        screen("why-%d-%s".formatted(width, scheme));
        rule.getByRole(AriaRole.BUTTON).first().click();
        assertThat(page.getByRole(AriaRole.GROUP, name("Event "))).isVisible();

        // Before the first command everything was allowed.
        field("Go to a time").fill(times.getFirst().minus(1, ChronoUnit.MICROS).toString());
        button("Go").click();
        assertThat(why).containsText("Allowed");
        assertThat(page)
                .hasURL(Pattern.compile(".*why=true.*device=tablet.*|.*device=tablet.*why=true.*"));
    }

    @ParameterizedTest
    @CsvSource({"1280,LIGHT", "390,DARK"})
    void a_denial_has_its_lane_and_leads_to_the_decision_of_then(int width, ColorScheme scheme) {
        await().until(() -> bert.reader().get(bert.path("/denials")).body().contains("tablet"));
        open(of(bert), width, scheme);
        signIn("reader");
        assertThat(button("Only denials")).isVisible();
        event("Denied").first().click();

        var denial = page.getByRole(AriaRole.GROUP, name("Denial "));
        assertThat(denial).containsText("Devices with downloads");
        assertThat(denial).containsText("1 of 1");
        assertThat(denial).containsText("basic");
        assertThat(page).hasURL(Pattern.compile(".*denials=.*"));
        accessible();
        screen("denial-%d-%s".formatted(width, scheme));

        button("Why then?").click();
        assertThat(region("Why")).containsText("Denied");
        assertThat(page).hasURL(Pattern.compile(".*at=2.*"));
        var counted = new Locator.GetByRoleOptions().setName(Pattern.compile("^Event "));
        region("Why").getByRole(AriaRole.BUTTON, counted).first().click();
        assertThat(page.getByRole(AriaRole.GROUP, name("Event "))).isVisible();
        page.getByRole(
                        AriaRole.BUTTON,
                        new GetByRoleOptions().setName("Without denials").setExact(true))
                .first()
                .click();
        assertThat(event("Denied")).hasCount(0);
    }

    @ParameterizedTest
    @CsvSource({"1280,DARK", "390,LIGHT"})
    void what_would_be_decided_stands_beside_it(int width, ColorScheme scheme) {
        open(of(anna) + "?why=true&device=tablet&plan=basic&title=" + title, width, scheme);
        signIn("reader");
        assertThat(region("Why")).containsText("Denied");
        button("What if?").click();
        field("Devices with downloads").fill("2");
        page.keyboard().press("Enter");

        assertThat(region("What if")).containsText("Denied → then: Allowed");
        assertThat(region("Differences, table")).containsText("✓ allows, 1 of 2, by customer");
        accessible();
        screen("what-if-%d-%s".formatted(width, scheme));
        var address = page.url();
        page.context().close();

        open(address.substring(address.indexOf('#')), width, scheme);
        signIn("operator");
        assertThat(region("What if")).containsText("Denied → then: Allowed");
        field("Devices with downloads").fill("");
        field("Other device").fill("phone");
        button("Decide").click();
        assertThat(region("What if")).containsText("there is an active license already");
        field("Other device").fill("");
        field("At a later time").fill("soon");
        button("Decide").click();
        assertThat(page.getByText("That is no time.")).isVisible();
        field("At a later time").fill("2020-01-01");
        button("Decide").click();
        assertThat(region("Why").getByRole(AriaRole.ALERT)).containsText("in the past");
    }

    @Test
    void the_id_of_a_license_or_a_command_leads_to_its_customer_with_the_event_open() {
        var dora = new Customer();
        var key = "wish-" + Ids.next();
        var license =
                dora.acquire(key, title, "phone", "basic").json().get("licenseId").stringValue();
        for (var id : List.of(license, key)) {
            open("");
            signIn("reader");
            look(id);
            assertThat(page).hasURL(Pattern.compile(".*customer/" + dora.id + "\\?open=\\d+"));
            assertThat(event("LicenseIssued")).isVisible();
            page.context().close();
        }
    }

    @Test
    void an_id_that_customers_share_shows_whose_it_is() {
        var eva = new Customer();
        var fay = new Customer();
        var device = "shared-" + Ids.next();
        eva.acquire(title, device, "basic");
        fay.acquire(title, device, "basic");
        open("");
        signIn("reader");
        look(device);
        assertThat(region("Found")).containsText("Customer " + eva.id + ": a device");
        accessible();
        screen("found");
        region("Found")
                .getByRole(AriaRole.LINK)
                .filter(new Locator.FilterOptions().setHasText(fay.id))
                .click();
        assertThat(event("LicenseIssued")).isVisible();

        look("nobody-" + Ids.next());
        assertThat(region("Nothing is known")).containsText("No license, device, session or");
    }

    @Test
    void an_id_is_searched_while_the_search_for_the_last_one_has_no_answer() {
        open("");
        signIn("reader");
        page.route("**/customers?id=slow", route -> {});
        look("slow");
        assertThat(region("Nothing is known")).containsText("Searching");

        look("nobody-" + Ids.next());

        assertThat(region("Nothing is known")).containsText("No license, device, session or");
    }

    @Test
    void another_question_is_asked_while_the_last_one_has_no_answer() {
        open(of(anna) + "?why=true&device=tablet&plan=basic&title=" + title);
        page.route("**/decisions", route -> {});
        signIn("reader");
        assertThat(button("Deciding…")).isVisible();
        field("Device").fill("phone");

        var asked = page.waitForRequest("**/decisions", () -> page.keyboard().press("Enter"));

        assertThat(asked.postData()).contains("phone");
    }

    @Test
    void what_happens_while_one_looks_is_told_and_moves_nothing_that_is_read() {
        var cara = new Customer();
        var license = cara.acquire(title, "phone", "basic").json().get("licenseId").stringValue();
        open(of(cara) + "?open=1");
        signIn("reader");
        assertThat(page.getByRole(AriaRole.GROUP, name("Event 1"))).isVisible();
        button("Live").click();
        assertThat(page).hasURL(Pattern.compile(".*live=true.*"));
        cara.post(license, "/confirmation");

        assertThat(page.getByText("1 new event.")).isVisible();
        assertThat(event("LicenseConfirmed")).hasCount(0);
        accessible();
        screen("live");
        button("Show").click();
        assertThat(event("LicenseConfirmed")).isFocused();

        button("Close all").click();
        event("LicenseConfirmed").blur();
        page.evaluate("scrollTo(0, 0)");
        cara.post(license, "/release");
        assertThat(event("LicenseReleased")).isVisible();

        answerTimeline(410, "The database was restored.");
        assertThat(page.getByText("Live has ended")).containsText("The database was restored.");
        page.unroute(TIMELINE);
        button("Go on").click();
        assertThat(page.getByText("Live has ended")).hasCount(0);
    }

    @ParameterizedTest
    @CsvSource({"1280,LIGHT", "390,DARK"})
    void the_storage_is_shown_to_operators(int width, ColorScheme scheme) {
        open("#/storage", width, scheme);
        signIn("reader");
        assertThat(page.getByRole(AriaRole.ALERT)).containsText("Only operators may.");
        button("Use another token").click();
        signIn("operator");

        var month = "event_" + LocalDate.now(ZoneOffset.UTC).toString().substring(0, 7);
        var row =
                region("Partitions, table")
                        .getByRole(AriaRole.ROW)
                        .filter(new Locator.FilterOptions().setHasText(month.replace('-', '_')));
        assertThat(row).containsText("hot");
        assertThat(region("Partition job")).containsText("The job is");
        accessible();
        screen("storage-%d-%s".formatted(width, scheme));
        assertThat((Boolean) page.evaluate("document.documentElement.scrollWidth > innerWidth"))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({"1280,LIGHT", "390,DARK"})
    void the_usage_of_a_studio_is_a_chart_a_table_and_a_file(int width, ColorScheme scheme)
            throws IOException {
        var today = LocalDate.now(ZoneOffset.UTC);
        var usage = "/v1/studios/%s/usage?from=%s&to=%s".formatted(studio, today, today);
        await().atMost(Duration.ofSeconds(60))
                .until(() -> anna.reader().get(usage).body().contains(title));
        open("", width, scheme);
        signIn("reader");
        page.getByRole(AriaRole.LINK, new GetByRoleOptions().setName("Studios")).click();
        field("Studio id").fill(studio);
        button("Show usage").click();

        assertThat(region("By title")).containsText(title);
        button("Active").click();
        assertThat(page.getByRole(AriaRole.IMG, name("Active by day"))).isVisible();
        assertThat(page).hasURL(Pattern.compile(".*#/studios/" + studio + "\\?.*measure=active"));
        accessible();
        screen("usage-%d-%s".formatted(width, scheme));
        assertThat((Boolean) page.evaluate("document.documentElement.scrollWidth > innerWidth"))
                .isFalse();
        var saved = page.waitForDownload(() -> button("Save as CSV").click());
        assertThat(saved.suggestedFilename()).startsWith(studio).endsWith(".csv");
        assertThat(Files.readString(saved.path(), StandardCharsets.UTF_8)).contains(title);
    }

    @Test
    void filters_exclude_too_and_a_colleague_opens_the_same_view() {
        open(of(anna));
        signIn("reader");
        assertThat(event("SessionStarted")).isVisible();
        assertThat(event("4 × SessionPaused, SessionResumed")).isVisible();
        field("Filter by").selectOption("aggregate");
        field("Aggregate").selectOption("Session");
        button("Without").click();
        assertThat(event("SessionStarted")).hasCount(0);
        field("Filter by").selectOption("event");
        field("Event").selectOption("LicenseIssued");
        button("Only").click();
        assertThat(event("LicenseIssued")).hasCount(2);
        assertThat(event("LicenseConfirmed")).hasCount(0);
        button("Local").click();
        var address = page.url();
        page.context().close();

        open(address.substring(address.indexOf('#')));
        signIn("operator");
        assertThat(event("LicenseIssued")).hasCount(2);
        assertThat(event("DeviceActivated")).hasCount(0);
        assertThat(button("Local")).hasAttribute("aria-pressed", "true");
        button("Take away the filter LicenseIssued").click();
        assertThat(event("LicenseConfirmed")).isVisible();

        field("Filter by").selectOption("text");
        field("Text").fill("nobody wrote this");
        button("Only").click();
        assertThat(page.getByText("No event fits the filters")).isVisible();
        accessible();
        button("Take all filters away").click();
        assertThat(event("SessionStarted")).isVisible();
    }

    @Test
    void what_is_shown_is_saved_oldest_first() throws IOException {
        open(of(anna) + "?not-aggregate=Session");
        signIn("reader");
        assertThat(event("LicenseIssued").first()).isVisible();

        var saved = page.waitForDownload(() -> button("Save as NDJSON").click());

        assertThat(saved.suggestedFilename()).isEqualTo(anna.id + ".ndjson");
        var lines = Files.readAllLines(saved.path());
        var events = new ArrayList<String>();
        for (var line : lines) {
            JsonMapper.shared()
                    .readTree(line)
                    .get("events")
                    .forEach(event -> events.add(event.get("event").stringValue()));
        }
        // A busy machine may have promised the license first.
        assertThat(events)
                .containsSubsequence(
                        "LicenseIssued", "DownloadCounted", "DeviceActivated", "LicenseConfirmed")
                .doesNotContain("SessionStarted", "SessionPaused");
    }

    @Test
    void all_of_it_is_done_with_keys() {
        open("");
        field("Token").fill(server.tokens().of("reader"));
        page.keyboard().press("Enter");
        assertThat(page.getByText("Whom do you want to look at?")).isVisible();
        accessible();
        page.keyboard().press("/");
        page.keyboard().type(anna.id);
        page.keyboard().press("Enter");
        assertThat(event("LicenseIssued").first()).isVisible();
        page.getByRole(AriaRole.SEARCHBOX).blur();
        page.keyboard().press("j");
        page.keyboard().press("j");
        page.keyboard().press("k");
        page.keyboard().press("Enter");
        assertThat(page.getByRole(AriaRole.GROUP, name("Event "))).isVisible();
        page.keyboard().press("[");
        assertThat(page).hasURL(Pattern.compile(".*at=.*"));
        page.keyboard().press("n");
        assertThat(button("Now")).hasAttribute("aria-pressed", "true");
        page.keyboard().press("c");
        assertThat(button("Local")).hasAttribute("aria-pressed", "true");
        page.keyboard().press("?");
        var help = page.getByRole(AriaRole.DIALOG, new GetByRoleOptions().setName("Help"));
        assertThat(help).isVisible();
        accessible();
        page.keyboard().press("Escape");
        assertThat(help).hasCount(0);
        page.keyboard().press("w");
        assertThat(region("Why")).isVisible();
    }

    @Test
    void who_may_not_look_is_told_so() {
        open(of(anna));
        signIn("edge");
        assertThat(page.getByRole(AriaRole.ALERT)).containsText("No permission");
        accessible();
        screen("no-permission");
        button("Use another token").click();
        field("Token").fill("not a token");
        button("Sign in").click();
        assertThat(page.getByRole(AriaRole.ALERT)).isVisible();
        assertThat(field("Token")).isVisible();
        accessible();
    }

    @Test
    void a_customer_of_whom_nothing_is_known_is_told_apart_from_a_failure() {
        var nobody = new Customer();
        nobody.acquire(title, "phone", "basic");
        assertThat(nobody.operator().delete("/v1/customers/" + nobody.id).status()).isEqualTo(202);

        open(of(nobody));
        signIn("reader");
        assertThat(region("Nothing is known")).containsText("was erased");
        accessible();
        screen("erased");

        answerTimeline(500, "It was not you.");
        page.getByRole(AriaRole.SEARCHBOX).fill(anna.id);
        button("Look").click();
        assertThat(page.getByRole(AriaRole.ALERT)).containsText("It was not you.");
        accessible();
        screen("trouble");
        page.unroute(TIMELINE);
        button("Try again").click();
        assertThat(event("LicenseIssued").first()).isVisible();
    }

    @Test
    void what_a_member_wrote_stays_text() {
        open(of(anna) + "?open=1");
        signIn("reader");
        assertThat(region("Devices")).containsText(EVIL);
        assertThat(page.locator("img")).hasCount(0);
        assertThat(page).hasTitle(Pattern.compile("Tally timeline$"));
    }

    @Test
    void the_token_is_in_memory_and_nowhere_else() {
        open(of(anna));
        signIn("reader");
        assertThat(event("LicenseIssued").first()).isVisible();
        assertThat(
                        page.evaluate(
                                "localStorage.length + sessionStorage.length +"
                                        + " document.cookie.length"))
                .isEqualTo(0);
        assertThat(page.url()).doesNotContain(server.tokens().of("reader"));
        page.reload();
        assertThat(field("Token")).isVisible();
    }

    @Test
    void the_page_loads_nothing_from_elsewhere_and_works_below_any_path() {
        page = chromium.page(1280, 800, ColorScheme.LIGHT);
        var asked = new ArrayList<String>();
        page.onRequest(request -> asked.add(request.url()));
        var root = server.url().toString();
        page.route(
                Pattern.compile(".*/below/here/.*"),
                route ->
                        route.fulfill(
                                new Route.FulfillOptions()
                                        .setResponse(
                                                route.fetch(
                                                        new Route.FetchOptions()
                                                                .setUrl(
                                                                        route.request()
                                                                                .url()
                                                                                .replace(
                                                                                        "/below/here/",
                                                                                        "/"))))));
        page.navigate(root + "/below/here/ui/" + of(anna));
        signIn("reader");
        assertThat(event("LicenseIssued").first()).isVisible();
        assertThat(asked).isNotEmpty().allMatch(url -> url.startsWith(root + "/below/here/"));
    }

    @Test
    void its_files_are_guarded_and_only_they_are_served() {
        var first = server.client().get("/ui/");
        assertThat(first.header("Content-Type")).startsWith("text/html");
        assertThat(first.headers().allValues("Content-Security-Policy"))
                .anyMatch(policy -> policy.startsWith("default-src 'none'; script-src 'self';"));
        assertThat(first.body()).doesNotContain("<style", " style=", "http:", "https:", "//");
        var moved = server.client().get("/ui");
        assertThat(moved.status()).isEqualTo(301);
        assertThat(moved.header("Location")).isEqualTo("ui/");
        var library = server.client().get("/ui/preact.js");
        assertThat(library.header("Content-Type")).startsWith("text/javascript");
        assertThat(
                        server.client()
                                .with("If-None-Match", library.header("ETag"))
                                .get("/ui/preact.js")
                                .status())
                .isEqualTo(304);
        assertThat(server.client().get("/ui/WEB-INF/web.xml").problem()).isEqualTo("not-found");
        assertThat(server.client().get("/ui/nothing.js").problem()).isEqualTo("not-found");
        assertThat(server.client().post("/ui/").status()).isEqualTo(405);
    }

    @Test
    void a_long_history_is_read_page_by_page_and_has_few_rows() {
        var old = new Customer();
        write(old, 70);
        open(of(old));
        signIn("reader");
        assertThat(event("DeviceRenamed").first()).isVisible();
        for (int n = 0; n < 20 && button("The newest").count() == 0; n++) {
            var oldest = event("DeviceRenamed").last().getAttribute("id");
            button("Older events").click();
            assertThat(event("DeviceRenamed").last()).not().hasAttribute("id", oldest);
        }
        assertThat(button("The newest")).isVisible();
        var rows = page.locator(".event-row, .command-head").count();
        assertThat(rows).isBetween(800, 1_000);
        button("The newest").click();
        assertThat(page.locator("#event-" + (1 + 70 * 20))).isVisible();
    }

    /** Commands that each rename a device twenty times. */
    private void write(Customer customer, int commands) {
        var phone = new DeviceId("phone");
        try (var stores =
                new Stores(server.database(), AccountModel.MODEL, Stores.Settings.cold(50))) {
            for (int n = 0; n <= commands; n++) {
                var history = stores.store().read(customer.id, AccountModel.FOLD);
                var at = history.timeOf(Instant.now());
                var events = new ArrayList<Record>();
                if (n == 0) events.add(new DeviceActivated(phone, "phone", at));
                for (int i = 0; n > 0 && i < 20; i++) {
                    events.add(new DeviceRenamed(phone, "phone " + n + "-" + i, at));
                }
                stores.store().append(history, CommandId.generated(Ids.next()), null, at, events);
            }
        }
    }
}

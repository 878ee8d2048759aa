package dev.tally.bench;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.WaitForSelectorState;

import dev.tally.local.Programs;
import dev.tally.system.Chromium;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** Measures how long a long history takes to open in Chromium, and how long its frames are. */
final class PageTimes {

    private static final int STEPS = 20;
    private static final int OLDER = 5;
    private static final int WHEEL_PIXELS = 400;

    /** Time between two keys of somebody in a hurry, in milliseconds. */
    private static final double BETWEEN_KEYS = 60;

    /** Time that a page of events is given, in milliseconds. */
    private static final double BETWEEN_PAGES = 2_000;

    private static final int OPENINGS = 5;

    /** Name of a task in Chromium's trace. What runs it has another name. */
    private static final String TASK = "RunTask";

    private final SystemUnderTest system;
    private final Report report;

    PageTimes(SystemUnderTest system, Report report) {
        this.system = system;
        this.report = report;
    }

    /** A flow is what somebody does on the page, with a name for the report. */
    private record Flow(String name, Runnable work) {}

    /**
     * Adds both to the report, if Chromium is installed.
     *
     * @param openMillis time after which the history is to be there
     * @param frameMillis longest time of a frame
     */
    void measure(long customer, int openMillis, int frameMillis) {
        report.section("A long history on the page");
        if (Programs.find("chromium").isEmpty()) {
            report.say("Chromium is not installed.");
            return;
        }
        try (var chromium = Chromium.start()) {
            var page = chromium.page(1280, 800, ColorScheme.LIGHT);
            page.navigate(system.url() + "/ui/");
            page.getByLabel("Token", new Page.GetByLabelOptions().setExact(true))
                    .fill(system.token("reader"));
            button(page, "Sign in").click();
            report.say(
                    "From the search of the customer to the first event, the median of %d times: %.0f ms."
                            .formatted(OPENINGS, opening(page, customer, openMillis)));
            var rows = new ArrayList<List<Object>>();
            var longest = 0.0;
            for (var flow : flows(page, customer)) {
                var tasks = tasks(chromium.trace(page, flow.work));
                var most = tasks.stream().mapToDouble(Task::millis).max().orElse(0);
                var busiest = tasks.stream().mapToDouble(Task::busyMillis).max().orElse(0);
                var over = tasks.stream().filter(task -> task.millis > frameMillis).count();
                rows.add(List.of(flow.name, tasks.size(), most, over, busiest));
                longest = Math.max(longest, most);
            }
            report.say(
                    "Tasks of the page's thread in Chromium's trace. A frame has to wait for the"
                            + " task that runs.");
            report.table(
                    "page",
                    List.of(
                            "",
                            "tasks",
                            "longest ms",
                            "over %d ms".formatted(frameMillis),
                            "longest on a processor ms"),
                    rows);
            report.atMost(frameMillis, "longest task of the page, ms", longest);
        }
    }

    private double opening(Page page, long customer, int openMillis) {
        var times = new ArrayList<Double>();
        for (int n = 0; n < OPENINGS; n++) {
            page.evaluate("location.hash = '#/'");
            page.getByText("Older events").waitFor(until(WaitForSelectorState.DETACHED));
            var began = System.nanoTime();
            look(page, customer);
            times.add((System.nanoTime() - began) / 1e6);
        }
        var median = Figures.median(times);
        report.atMost(openMillis, "a long history opens, ms", median);
        return median;
    }

    /**
     * Everything is done by keys and by scripts: to find a button by its name takes Playwright
     * longer than what the button does, and on the page's own thread.
     */
    private static List<Flow> flows(Page page, long customer) {
        return List.of(
                new Flow(
                        "open",
                        () -> {
                            page.evaluate("location.hash = '#/'");
                            page.waitForTimeout(BETWEEN_PAGES);
                            page.evaluate(
                                    "id => location.hash = '#/customer/' + id", "" + customer);
                            page.waitForTimeout(BETWEEN_PAGES);
                        }),
                new Flow(
                        "older events, %d times".formatted(OLDER),
                        () -> {
                            for (int n = 0; n < OLDER; n++) {
                                page.evaluate(
                                        "[...document.querySelectorAll('.end"
                                                + " button')].at(-1).click()");
                                page.waitForTimeout(BETWEEN_PAGES);
                            }
                        }),
                new Flow("next event, %d times".formatted(STEPS), () -> press(page, "j", STEPS)),
                new Flow(
                        "step back in time, %d times".formatted(STEPS),
                        () -> press(page, "[", STEPS)),
                new Flow(
                        "zoom in and out",
                        () -> {
                            press(page, "+", STEPS / 2);
                            press(page, "-", STEPS / 2);
                        }),
                new Flow(
                        "scroll",
                        () -> {
                            page.mouse().move(900, 600);
                            for (int n = 0; n < STEPS; n++) {
                                page.mouse().wheel(0, WHEEL_PIXELS);
                                page.waitForTimeout(BETWEEN_KEYS);
                            }
                        }));
    }

    private static void press(Page page, String key, int times) {
        for (int n = 0; n < times; n++) {
            page.keyboard().press(key);
            page.waitForTimeout(BETWEEN_KEYS);
        }
    }

    private static void look(Page page, long customer) {
        page.getByRole(AriaRole.SEARCHBOX, new GetByRoleOptions().setName("Customer or other id"))
                .fill(Long.toString(customer));
        button(page, "Look").click();
        page.getByRole(
                        AriaRole.LIST,
                        new GetByRoleOptions().setName("Events, newest first").setExact(true))
                .getByRole(AriaRole.BUTTON)
                .first()
                .waitFor();
    }

    private static Locator button(Page page, String name) {
        return page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName(name).setExact(true));
    }

    private static Locator.WaitForOptions until(WaitForSelectorState state) {
        return new Locator.WaitForOptions().setState(state);
    }

    /**
     * A task of the thread that runs the page's scripts and lays it out.
     *
     * @param millis time from its begin to its end
     * @param busyMillis the part of it for which the thread had a processor
     */
    private record Task(double millis, double busyMillis) {}

    private static List<Task> tasks(byte[] trace) {
        var events = JsonMapper.shared().readTree(trace).get("traceEvents");
        var threads = new HashSet<String>();
        for (var event : events) {
            var name = event.path("args").path("name").asString("");
            if (name.equals("CrRendererMain")) threads.add(thread(event));
        }
        return events.valueStream()
                .filter(event -> TASK.equals(event.path("name").asString("")))
                .filter(event -> event.has("dur") && threads.contains(thread(event)))
                .map(
                        event ->
                                new Task(
                                        event.get("dur").doubleValue() / 1e3,
                                        event.path("tdur").doubleValue(0) / 1e3))
                .toList();
    }

    private static String thread(JsonNode event) {
        return event.get("pid") + "/" + event.get("tid");
    }
}

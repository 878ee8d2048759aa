package dev.tally.system;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;

import dev.tally.local.Programs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The Chromium that is installed on this machine, and pages in it. */
public final class Chromium implements AutoCloseable {

    /** Longest wait for anything on a page, in milliseconds: a busy machine is slow. */
    private static final double PATIENCE = 30_000;

    private static final List<String> OPTIONS =
            List.of(
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync");

    /** The tasks of each thread, and the names of the threads. */
    private static final List<String> TRACED =
            List.of(
                    "toplevel",
                    "devtools.timeline",
                    "disabled-by-default-devtools.timeline",
                    "__metadata");

    private final Playwright playwright;
    private final Browser browser;
    private final String axe = library();
    private final List<String> errors = new ArrayList<>();

    private Chromium(Playwright playwright, Browser browser) {
        this.playwright = playwright;
        this.browser = browser;
    }

    /** A browser. The test that asks for it is skipped where none is installed. */
    public static Chromium start() {
        var program = Programs.find("chromium");
        assumeTrue(program.isPresent(), "chromium is not installed");
        var playwright =
                Playwright.create(
                        new Playwright.CreateOptions()
                                .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE);
        var browser =
                playwright
                        .chromium()
                        .launch(
                                new BrowserType.LaunchOptions()
                                        .setExecutablePath(program.get())
                                        .setArgs(OPTIONS)
                                        .setTimeout(PATIENCE));
        return new Chromium(playwright, browser);
    }

    /** A new page of a browser that knows nothing yet. */
    public Page page(int width, int height, ColorScheme scheme) {
        var options =
                new Browser.NewContextOptions()
                        .setViewportSize(width, height)
                        .setColorScheme(scheme)
                        .setTimezoneId("Europe/Lisbon");
        var page = browser.newContext(options).newPage();
        page.setDefaultTimeout(PATIENCE);
        page.onPageError(errors::add);
        return page;
    }

    /**
     * What of the page as it is now breaks rules of accessibility. The library is put into a page
     * once, and looks for violations alone: its builder for Playwright takes three seconds each
     * time.
     */
    List<?> violations(Page page) {
        if ((Boolean) page.evaluate("typeof axe === 'undefined'")) page.evaluate(axe);
        return (List<?>)
                page.evaluate(
                        """
                        () => axe.run(document, {resultTypes: ['violations'], preload: false}).then(
                            found => found.violations.map(rule =>
                                rule.id + ': ' + rule.nodes.map(node => node.html).join(' | ')))
                        """);
    }

    private static String library() {
        try (var in = AxeBuilder.class.getResourceAsStream("/axe.min.js")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The trace of Chromium, in JSON, of what it does for a page meanwhile. */
    public byte[] trace(Page page, Runnable work) {
        browser.startTracing(page, new Browser.StartTracingOptions().setCategories(TRACED));
        work.run();
        return browser.stopTracing();
    }

    /** What scripts of all pages have thrown. */
    List<String> errors() {
        return errors;
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}

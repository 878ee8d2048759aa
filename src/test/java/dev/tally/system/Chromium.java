package dev.tally.system;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;

import dev.tally.local.Programs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The Chromium that is installed on this machine, and pages in it. */
final class Chromium implements AutoCloseable {

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

    private final Playwright playwright;
    private final Browser browser;
    private final List<String> errors = new ArrayList<>();

    private Chromium(Playwright playwright, Browser browser) {
        this.playwright = playwright;
        this.browser = browser;
    }

    /** A browser. The test that asks for it is skipped where none is installed. */
    static Chromium start() {
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
    Page page(int width, int height, ColorScheme scheme) {
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

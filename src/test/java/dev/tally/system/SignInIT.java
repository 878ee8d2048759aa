package dev.tally.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;

import dev.tally.local.Installation;
import dev.tally.local.Liberty;
import dev.tally.local.Node;

import no.nav.security.mock.oauth2.MockOAuth2Server;
import no.nav.security.mock.oauth2.OAuth2Config;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * People sign in on the page at an OpenID provider, which checks PKCE, and the node verifies the
 * token that the provider gives them.
 */
class SignInIT {

    private static final Path HOME = Path.of("target/sign-in");
    private static final String NOBODY = "#/customer/nobody";
    private static final String READER = "{\"aud\":[\"tally\"],\"groups\":[\"reader\"]}";

    private static Chromium chromium;
    private static MockOAuth2Server provider;
    private static Installation installation;
    private static Liberty node;

    private Page page;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        chromium = Chromium.start();
        provider = new MockOAuth2Server(new OAuth2Config(true));
        provider.start(InetAddress.getLoopbackAddress(), 0);
        installation = Installation.forTests(HOME);
        node =
                installation.start(
                        Node.named("signin")
                                .with(
                                        Map.of(
                                                "TALLY_JWT_ISSUER",
                                                provider.issuerUrl("people").toString(),
                                                "TALLY_JWT_KEYS",
                                                provider.jwksUrl("people").toString(),
                                                "TALLY_UI_CLIENT_ID",
                                                "tally-page",
                                                "TALLY_UI_ORIGINS",
                                                origin())));
    }

    @AfterAll
    static void stop() throws IOException {
        if (installation != null) installation.close();
        if (provider != null) provider.shutdown();
        if (chromium != null) chromium.close();
    }

    @AfterEach
    void nothingWasThrown() {
        page.context().close();
        assertThat(chromium.errors()).isEmpty();
    }

    @Test
    void a_reader_comes_back_to_the_view_with_a_token_that_only_the_page_has() {
        open(NOBODY);
        button(signIn()).click();
        loginAs("riley", READER);

        assertThat(region("Nothing is known")).isVisible();
        assertThat(button("Sign out")).hasAttribute("title", Pattern.compile(".*riley.*"));
        assertThat(page.url()).isEqualTo(ui(NOBODY));
        assertThat(page.evaluate("sessionStorage.length + localStorage.length")).isEqualTo(0);
        assertThat(page.context().cookies(node.url().toString())).isEmpty();

        page.reload();
        assertThat(button(signIn())).isVisible();
    }

    @Test
    void a_person_without_a_role_hears_why() {
        open(NOBODY);
        button(signIn()).click();
        loginAs("guest", "{\"aud\":[\"tally\"]}");

        assertThat(page.getByRole(AriaRole.ALERT)).containsText("no group");
        assertThat(button(signIn())).isVisible();
    }

    @Test
    void a_code_that_somebody_else_sends_signs_nobody_in() {
        open("?code=theirs&state=theirs" + NOBODY);

        assertThat(page.getByRole(AriaRole.ALERT)).containsText("was not begun here");
        assertThat(page.url()).doesNotContain("theirs");
    }

    @Test
    void a_refusal_of_the_provider_is_told_once() {
        open(NOBODY);
        comeBackWith("error=access_denied&error_description=Not+you");
        button(signIn()).click();

        assertThat(page.getByRole(AriaRole.ALERT)).containsText("Not you");
        assertThat(page).hasURL(ui(NOBODY));
        page.reload();
        assertThat(button(signIn())).isVisible();
        assertThat(page.getByRole(AriaRole.ALERT)).hasCount(0);
    }

    /** Another provider must not get a code that was meant for this one: RFC 9207. */
    @Test
    void an_answer_of_another_provider_signs_nobody_in() {
        open(NOBODY);
        comeBackWith("code=theirs&iss=http%3A%2F%2F127.0.0.1%3A1%2Fother");
        var asked = new AtomicInteger();
        page.onRequest(request -> asked.addAndGet(request.url().contains("/token") ? 1 : 0));
        button(signIn()).click();

        assertThat(page.getByRole(AriaRole.ALERT)).containsText("Another provider answers");
        assertThat(page).hasURL(ui(NOBODY));
        assertThat(asked).hasValue(0);
    }

    @Test
    void a_configuration_of_another_provider_is_not_followed() {
        open(NOBODY);
        page.route(
                Pattern.compile(".*/\\.well-known/.*"),
                route ->
                        route.fulfill(
                                new Route.FulfillOptions()
                                        .setHeaders(Map.of("Access-Control-Allow-Origin", "*"))
                                        .setBody("{\"issuer\":\"http://127.0.0.1:1/other\"}")));
        button(signIn()).click();

        assertThat(page.getByRole(AriaRole.ALERT)).containsText("Another provider");
        assertThat(page).hasURL(ui(NOBODY));
    }

    @Test
    void a_provider_that_does_not_answer_is_named() {
        open(NOBODY);
        page.route(Pattern.compile(".*/\\.well-known/.*"), route -> route.abort());
        button(signIn()).click();

        assertThat(page.getByRole(AriaRole.ALERT)).containsText("The provider does not answer");
    }

    /** Lets the provider send the browser back at once, with its state and what is given. */
    private void comeBackWith(String answer) {
        page.route(
                Pattern.compile(".*/authorize.*"),
                route -> {
                    var state = route.request().url().replaceAll(".*state=([^&]*).*", "$1");
                    var back = ui("?" + answer + "&state=" + state);
                    route.fulfill(
                            new Route.FulfillOptions()
                                    .setStatus(302)
                                    .setHeaders(Map.of("Location", back)));
                });
    }

    private void open(String view) {
        page = chromium.page(1280, 800, ColorScheme.LIGHT);
        page.navigate(ui(view));
    }

    private static String ui(String view) {
        return node.url() + "/ui/" + view;
    }

    private static String signIn() {
        return "Sign in at " + URI.create(origin()).getAuthority();
    }

    private static String origin() {
        return URI.create(provider.issuerUrl("people").toString())
                .resolve("/")
                .toString()
                .replaceAll("/$", "");
    }

    private void loginAs(String name, String claims) {
        page.getByPlaceholder("Enter any user/subject").fill(name);
        page.locator("textarea").fill(claims);
        page.getByText("Sign-in", new Page.GetByTextOptions().setExact(true)).click();
    }

    private Locator button(String name) {
        return page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName(name).setExact(true));
    }

    private Locator region(String name) {
        return page.getByRole(AriaRole.REGION, new GetByRoleOptions().setName(name).setExact(true));
    }
}

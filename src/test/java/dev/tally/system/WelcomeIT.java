package dev.tally.system;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The page at the root. */
class WelcomeIT {

    private static final Pattern HREF = Pattern.compile("href=\"([^\"]*)\"");

    private final Client browser = TallyServer.get().client().with("Accept", "text/html,*/*;q=0.8");

    @Test
    void the_root_shows_where_to_go() {
        var page = browser.get("/");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("Content-Type")).startsWith("text/html");

        var links = HREF.matcher(page.body()).results().map(link -> link.group(1)).toList();

        assertThat(links)
                .contains("/ui/", "/openapi/ui/", "/health", "/metrics", "/.well-known/jwks.json");
        links.stream()
                .filter(link -> !link.startsWith("data:"))
                .forEach(link -> assertThat(browser.get(link).status()).as(link).isEqualTo(200));
    }

    @Test
    void the_page_holds_under_a_strict_policy_and_needs_nobody_else() {
        var page = browser.get("/").body();

        assertThat(page).doesNotContain("<script", "<style", " style=", "http:", "https:", "//");
        assertThat(Pattern.compile(" on[a-z]+=").matcher(page).results().map(MatchResult::group))
                .isEmpty();
        assertThat(browser.get("/welcome.css").header("Content-Type")).startsWith("text/css");
    }

    @Test
    void what_is_not_there_is_a_problem_as_before() {
        assertThat(browser.get("/nothing").problem()).isEqualTo("not-found");
        assertThat(browser.get("/welcome/index.html").problem()).isEqualTo("not-found");
        assertThat(browser.post("/").status()).isEqualTo(405);
    }
}

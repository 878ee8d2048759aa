package dev.tally.http;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.ws.rs.core.MultivaluedHashMap;

import org.junit.jupiter.api.Test;

import java.util.List;

/** The link to the next page is the query of this page with another cursor. */
class NextPageTest {

    private final MultivaluedHashMap<String, String> asked = new MultivaluedHashMap<>();

    @Test
    void the_first_page_has_no_cursor_yet() {
        assertThat(NextPage.query(asked, "MTox")).isEqualTo("cursor=MTox");
    }

    @Test
    void the_cursor_of_this_page_is_replaced_and_all_else_stays() {
        asked.put("state", List.of("ISSUED", "PLAYING"));
        asked.put("cursor", List.of("old"));

        assertThat(NextPage.query(asked, "new")).isEqualTo("state=ISSUED&state=PLAYING&cursor=new");
    }

    @Test
    void no_value_breaks_out_of_the_link() {
        asked.put("aggregateId", List.of("a b>; rel=\"x\", <&c=d+e"));

        assertThat(NextPage.query(asked, "n"))
                .isEqualTo("aggregateId=a%20b%3E%3B%20rel%3D%22x%22%2C%20%3C%26c%3Dd%2Be&cursor=n");
    }
}

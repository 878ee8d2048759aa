package dev.tally.system;

import dev.tally.local.Database;
import dev.tally.runtime.Ids;
import dev.tally.system.Client.Answer;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A customer that only one test uses, and the calls that are made for them. */
final class Customer {

    final String id = "customer-" + Ids.next();
    private final TallyServer server = TallyServer.get();

    /** A new title that anyone may license. */
    static String newTitle() {
        return newTitle("studio-" + Ids.next());
    }

    static String newTitle(String studio) {
        var title = "title-" + Ids.next();
        var answer =
                TallyServer.get()
                        .as("operator")
                        .put(
                                "/v1/titles/" + title,
                                "{\"name\":\"%s\",\"studioId\":\"%s\"}".formatted(title, studio));
        if (answer.status() != 201) {
            throw new AssertionError(answer);
        }
        return title;
    }

    static String request(String title, String device, String plan) {
        return """
        {"titleId":"%s","deviceId":"%s","deviceName":"Anna's %s","plan":"%s","type":"DOWNLOAD"}
        """
                .formatted(title, device, device, plan);
    }

    Client edge() {
        return server.as("edge");
    }

    Client reader() {
        return server.as("reader");
    }

    Client operator() {
        return server.as("operator");
    }

    String path(String rest) {
        return "/v1/customers/" + id + rest;
    }

    Answer acquire(String title, String device, String plan) {
        return edge().post(path("/licenses"), request(title, device, plan));
    }

    Answer acquire(String key, String title, String device, String plan) {
        return edge().with("Idempotency-Key", key)
                .post(path("/licenses"), request(title, device, plan));
    }

    Answer post(String licenseId, String act) {
        return edge().post(path("/licenses/" + licenseId + act));
    }

    Answer get(String licenseId) {
        return reader().get(path("/licenses/" + licenseId));
    }

    /** Every event of the customer, in order, as a DBA reads them: {@code type:seq event}. */
    List<String> events() {
        return history("aggregate_type || ':' || seq || ' ' || event");
    }

    /** The caller of every event, in order. */
    List<String> callers() {
        return history("caller");
    }

    private List<String> history(String expression) {
        try (var connection = server.database().connect(Database.Role.TALLY_READER);
                var query =
                        connection.prepareStatement(
                                "select "
                                        + expression
                                        + " from event_history where customer_id = ? order by"
                                        + " seq")) {
            query.setString(1, id);
            var events = new ArrayList<String>();
            try (var rows = query.executeQuery()) {
                while (rows.next()) {
                    events.add(rows.getString(1));
                }
            }
            return events;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}

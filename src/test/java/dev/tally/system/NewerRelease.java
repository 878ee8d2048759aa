package dev.tally.system;

import dev.tally.local.Database.Role;

import java.sql.SQLException;

/** What a node of a release after this one leaves in the database. */
final class NewerRelease {

    private NewerRelease() {}

    /** Writes the first version of a policy, which this node sees once it has read them anew. */
    static void putsPolicy(String scope, String id, String settings) throws SQLException {
        try (var connection = TallyServer.get().database().connect(Role.TALLY_OWNER);
                var insert =
                        connection.prepareStatement(
                                """
                                insert into policy (scope, scope_id, version, supersedes, settings)
                                values (?, ?, nextval('policy_version'), 0, cast(? as jsonb))
                                """)) {
            insert.setString(1, scope);
            insert.setString(2, id);
            insert.setString(3, settings);
            insert.executeUpdate();
        }
    }
}

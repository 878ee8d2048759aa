package dev.tally.system;

import dev.tally.local.Database.Role;

import java.sql.SQLException;

/** Writes to the database what a node of a later release would write. */
final class NewerRelease {

    private NewerRelease() {}

    /** Writes the first version of a policy. This node sees it when it next reads the policies. */
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

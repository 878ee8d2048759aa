package dev.tally.system;

import dev.tally.eventstore.CommandId;
import dev.tally.eventstore.postgres.Stores;
import dev.tally.eventstore.postgres.Stores.Settings;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.write.AccountModel;
import dev.tally.local.Database;
import dev.tally.runtime.Ids;

import java.time.Instant;
import java.util.List;

/** Writes events of the past, which no request can, with a node whose clock is set back. */
final class Past implements AutoCloseable {

    private final Stores stores;

    Past(Database database, int eventsPerGeneration) {
        stores = new Stores(database, AccountModel.MODEL, Settings.cold(eventsPerGeneration));
    }

    void append(String customer, Instant at, CustomerEvent event) {
        var history = stores.store().read(customer, AccountModel.FOLD);
        stores.store()
                .append(
                        history,
                        CommandId.generated(Ids.next()),
                        null,
                        history.timeOf(at),
                        List.of((Record) event));
    }

    @Override
    public void close() {
        stores.close();
    }
}

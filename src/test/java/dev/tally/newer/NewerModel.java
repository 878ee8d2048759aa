package dev.tally.newer;

import dev.tally.eventstore.codec.EventMapper;
import dev.tally.eventstore.codec.EventModel;
import dev.tally.ids.DeviceId;
import dev.tally.licensing.domain.Account;
import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DeviceEvent.DeviceActivated;
import dev.tally.licensing.write.AccountModel;

import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Alternative;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

import java.util.ArrayList;
import java.util.List;

/**
 * The model of a later version of the application. The event of a device's activation has a second
 * version, which is written only if the device's name begins with {@value #NEW}. So an upgrade is
 * harmless until such a name is used.
 */
@Alternative
@Priority(1)
@ApplicationScoped
public class NewerModel {

    /** The beginning of the names that only the later version can hold. */
    public static final String NEW = "new ";

    /** The number of the new mapper, which no mapper of this version will have. */
    private static final int NUMBER = 1_009;

    @Produces
    @Singleton
    EventModel<Account> model() {
        var mappers = new ArrayList<EventMapper<?>>();
        for (var mapper : AccountModel.MODEL.mappers()) {
            mappers.add(
                    mapper.name().equals("DeviceActivated/1")
                            ? activated(mapper.number())
                            : mapper);
        }
        mappers.add(activatedAnew());
        return new EventModel<>(
                AccountModel.MODEL.aggregates(), List.copyOf(mappers), AccountModel.MODEL.fold());
    }

    /** The mapper of the first version, which refuses names that it cannot hold. */
    private static EventMapper<DeviceActivated> activated(int number) {
        return fields(number, "DeviceActivated/1")
                .holds(event -> event.name() == null || !event.name().startsWith(NEW))
                .reads(
                        (id, in) ->
                                new DeviceActivated(
                                        new DeviceId(id), in.textOrNull(), in.instant()));
    }

    private static EventMapper<DeviceActivated> activatedAnew() {
        return fields(NUMBER, "DeviceActivated/2")
                .reads(
                        (id, in) ->
                                new DeviceActivated(
                                        new DeviceId(id), in.textOrNull(), in.instant()));
    }

    private static EventMapper.Builder<DeviceActivated> fields(int number, String name) {
        return EventMapper.of(
                        number,
                        name,
                        DeviceEvent.AGGREGATE,
                        DeviceActivated.class,
                        e -> e.device().value())
                .textOrNull("name", DeviceActivated::name)
                .instant("activatedAt", DeviceActivated::activatedAt);
    }
}

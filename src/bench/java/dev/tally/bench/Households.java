package dev.tally.bench;

import dev.tally.bench.HttpLoad.Call;
import dev.tally.bench.HttpLoad.Calls;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Members who take a season along: ten episodes are acquired and confirmed, and two of them played.
 * Each session of the load has some households at a time, and sends one command of each in turn;
 * when one is done, another takes its place. They begin one after the other, so that at any time
 * each command of the season is sent as often as any other. With a single household, its commands
 * follow on each other as they do in life.
 */
final class Households implements Calls {

    private static final int EPISODES = 10;
    private static final int PLAYS = 2;

    /** Commands of a household. */
    private static final int COMMANDS = 2 * EPISODES + 2 * PLAYS;

    /** First title that the households acquire. */
    private static final int SEASON = UniformStory.DOWNLOADS;

    private final Catalogue catalogue;
    private final LongSupplier customers;
    private final Deque<Household>[] turns;

    /**
     * @param sessions number of sessions of the load
     * @param atATime number of households that each session has at a time
     * @param customers ids of customers whom nobody knows yet
     */
    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    Households(Catalogue catalogue, int sessions, int atATime, AtomicLong customers) {
        this.catalogue = catalogue;
        this.customers = customers::getAndIncrement;
        this.turns = new Deque[sessions];
        for (int i = 0; i < sessions; i++) {
            turns[i] = new ArrayDeque<>();
            for (int k = 0; k < atATime; k++) turns[i].add(new Household(k % COMMANDS));
        }
    }

    @Override
    public Call next(int session, long number) {
        var households = turns[session];
        var household = households.removeFirst();
        while (household.roundsToWait > 0) {
            household.roundsToWait--;
            households.addLast(household);
            household = households.removeFirst();
        }
        if (household.isDone()) household = new Household(0);
        // The last one is the one whose answer comes next.
        households.addLast(household);
        return household.next();
    }

    @Override
    public void created(int session, String location) {
        turns[session].getLast().created(location.substring(location.lastIndexOf('/') + 1));
    }

    private final class Household {

        private final String path = "/v1/customers/" + customers.getAsLong();
        private final String[] licenses = new String[EPISODES];
        private String play;
        private int step;
        private int roundsToWait;

        Household(int roundsToWait) {
            this.roundsToWait = roundsToWait;
        }

        boolean isDone() {
            return step == COMMANDS;
        }

        Call next() {
            int now = step++;
            if (now < EPISODES) return acquire(now);
            if (now < 2 * EPISODES) return confirm(licenses[now - EPISODES]);
            var ofPlay = now - 2 * EPISODES;
            return ofPlay % 2 == 0 ? start(licenses[ofPlay / 2]) : stop();
        }

        void created(String id) {
            if (step <= EPISODES) {
                licenses[step - 1] = id;
            } else {
                play = id;
            }
        }

        private Call acquire(int episode) {
            return Call.post(
                    path + "/licenses", Benchmark.request(catalogue.title(SEASON + episode)), 201);
        }

        private Call confirm(String license) {
            return Call.post(path + "/licenses/" + license + "/confirmation", "{}", 200);
        }

        private Call start(String license) {
            return Call.post(path + "/sessions", "{\"licenseId\":\"" + license + "\"}", 201);
        }

        private Call stop() {
            return Call.post(path + "/sessions/" + play + "/events", "{\"type\":\"STOP\"}", 200);
        }
    }
}

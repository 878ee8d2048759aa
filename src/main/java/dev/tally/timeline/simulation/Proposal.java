package dev.tally.timeline.simulation;

import dev.tally.catalog.PolicySettings;
import dev.tally.catalog.Scope;

/**
 * A policy that somebody thinks of. Like one that is written, it replaces the policy of its scope
 * and id whole.
 *
 * @param id id of the title, studio, plan or customer; of scope global, {@link Scope#GLOBAL_ID}
 */
public record Proposal(Scope scope, String id, PolicySettings settings) {}

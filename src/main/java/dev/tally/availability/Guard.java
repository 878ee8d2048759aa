package dev.tally.availability;

import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InvocationContext;

/**
 * Stands before everything that asks the database for a request, see {@link GuardedUse}. It stands
 * outside of transactions, whose end may fail too.
 */
@Guarded
@Interceptor
@Priority(Interceptor.Priority.PLATFORM_BEFORE + 100)
class Guard {

    @Inject GuardedUse guarded;

    @AroundInvoke
    Object guard(InvocationContext called) throws Exception {
        return guarded.call(called::proceed);
    }
}

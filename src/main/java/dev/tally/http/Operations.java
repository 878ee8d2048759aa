package dev.tally.http;

import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.ext.Provider;

import java.lang.reflect.Method;

/**
 * Names the operation of each request for log lines and metrics: {@code LicensesResource.acquire}.
 */
@Provider
@Priority(Priorities.AUTHENTICATION - 1)
public class Operations implements ContainerRequestFilter {

    @Context ResourceInfo resource;

    @Override
    public void filter(ContainerRequestContext request) {
        var customer = request.getUriInfo().getPathParameters().getFirst("customerId");
        CurrentRequest.get()
                .ifPresent(current -> current.isFor(name(resource.getResourceMethod()), customer));
    }

    private static String name(Method method) {
        return method.getDeclaringClass().getSimpleName() + "." + method.getName();
    }
}

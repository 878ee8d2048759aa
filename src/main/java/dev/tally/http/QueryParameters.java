package dev.tally.http;

import dev.tally.http.InvalidRequests.FieldError;

import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.ext.Provider;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Refuses query parameters that an operation does not have, and those that are given twice where
 * one value is meant. A misspelled filter would otherwise be an answer about something else.
 */
@Provider
public class QueryParameters implements ContainerRequestFilter {

    /** Most parameters that one problem names. */
    private static final int MAX_NAMED = 10;

    /** Most characters of a name that a problem repeats. */
    private static final int MAX_NAME = 64;

    @Context ResourceInfo resource;

    /** Parameters by method: true if a parameter may have several values. One entry a method. */
    private final Map<Method, Map<String, Boolean>> known = new ConcurrentHashMap<>();

    @Override
    public void filter(ContainerRequestContext request) {
        var parameters =
                known.computeIfAbsent(resource.getResourceMethod(), QueryParameters::parametersOf);
        var errors = new ArrayList<FieldError>();
        query(request)
                .forEach(
                        (name, values) -> {
                            var several = parameters.get(name);
                            if (several == null) {
                                errors.add(error(name, "is not a parameter here"));
                            } else if (!several && values.size() > 1) {
                                errors.add(error(name, "must be given once"));
                            }
                        });
        if (!errors.isEmpty()) {
            throw InvalidRequests.invalid(errors.subList(0, Math.min(MAX_NAMED, errors.size())));
        }
    }

    private static Map<String, List<String>> query(ContainerRequestContext request) {
        try {
            return request.getUriInfo().getQueryParameters();
        } catch (IllegalArgumentException e) {
            throw new ProblemException(ProblemType.INVALID_REQUEST, "The query cannot be decoded.");
        }
    }

    private static FieldError error(String name, String message) {
        return new FieldError(name.substring(0, Math.min(MAX_NAME, name.length())), message);
    }

    /** The query parameters of a resource method, also those of its beans and its class. */
    static Map<String, Boolean> parametersOf(Method method) {
        var parameters = new HashMap<String, Boolean>();
        for (var parameter : method.getParameters()) add(parameter, parameters);
        for (var field : method.getDeclaringClass().getDeclaredFields()) add(field, parameters);
        return Map.copyOf(parameters);
    }

    private static void add(AnnotatedElement element, Map<String, Boolean> parameters) {
        var type = typeOf(element);
        var named = element.getAnnotation(QueryParam.class);
        if (named != null) {
            parameters.put(named.value(), Collection.class.isAssignableFrom(type));
        }
        if (element.isAnnotationPresent(BeanParam.class)) {
            for (var field : type.getDeclaredFields()) add(field, parameters);
        }
    }

    private static Class<?> typeOf(AnnotatedElement element) {
        return element instanceof Parameter parameter
                ? parameter.getType()
                : ((Field) element).getType();
    }
}

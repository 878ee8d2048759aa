package dev.tally.http;

import jakarta.validation.Constraint;
import jakarta.validation.Payload;
import jakarta.validation.ReportAsSingleViolation;
import jakarta.validation.constraints.Pattern;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * An id: 1 to 128 characters that can stand in a path, none of them a control character or half of
 * a surrogate pair. Characters that the JDK does not know yet are taken: nodes on two JDKs must
 * agree.
 */
@Pattern(regexp = Identifier.PATTERN)
@ReportAsSingleViolation
@Constraint(validatedBy = {})
@Target({
    ElementType.PARAMETER,
    ElementType.FIELD,
    ElementType.RECORD_COMPONENT,
    ElementType.TYPE_USE
})
@Retention(RetentionPolicy.RUNTIME)
public @interface Identifier {

    /** Pattern of an id. Ids stand in paths, so none may read as a part of one. */
    String PATTERN = "(?!\\.{1,2}$)[^/\\\\;\\p{Cc}\\p{Cs}]{1,128}";

    String message() default
            "must be 1 to 128 characters without control characters, /, \\\\ and ;";

    Class<?>[] groups() default {};

    Class<? extends Payload>[] payload() default {};
}

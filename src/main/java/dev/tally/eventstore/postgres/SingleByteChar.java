package dev.tally.eventstore.postgres;

import org.hibernate.dialect.Dialect;
import org.hibernate.engine.jdbc.Size;
import org.hibernate.sql.ast.spi.SqlAppender;
import org.hibernate.type.descriptor.jdbc.CharJdbcType;

/**
 * PostgreSQL's type {@code "char"}. The driver sends a character as text, and a column compared
 * with text becomes text itself: then no index on it is of use.
 */
final class SingleByteChar extends CharJdbcType {

    private static final long serialVersionUID = 1;

    @Override
    public void appendWriteExpression(
            String expression, Size size, SqlAppender appender, Dialect dialect) {
        appender.append("cast(");
        appender.append(expression);
        appender.append(" as \"char\")");
    }
}

using System.Text;

namespace Candor.Tokenizers.Templates;

/// <summary>The operators with two operands of equal standing.</summary>
internal enum BinaryOperator
{
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}

/// <summary><c>a + b</c> and the like.</summary>
internal sealed class BinaryExpression : Expression
{
    private readonly BinaryOperator op;
    private readonly Expression left;
    private readonly Expression right;

    public BinaryExpression(BinaryOperator op, Expression left, Expression right, int line)
        : base(line)
    {
        this.op = op;
        this.left = left;
        this.right = right;
        Measure();
    }

    public override IEnumerable<Node> Children => [left, right];

    public override TemplateValue Evaluate(Scope scope)
    {
        RenderRun run = scope.Run;
        run.Step();
        TemplateValue a = left.Evaluate(scope);
        TemplateValue b = right.Evaluate(scope);
        return op switch
        {
            BinaryOperator.Add => Arithmetic.Add(run, a, b),
            BinaryOperator.Subtract => Arithmetic.Subtract(run, a, b),
            BinaryOperator.Multiply => Arithmetic.Multiply(run, a, b),
            BinaryOperator.Divide => Arithmetic.Divide(run, a, b),
            BinaryOperator.FloorDivide => Arithmetic.FloorDivide(run, a, b),
            BinaryOperator.Modulo => Arithmetic.Modulo(run, a, b),
            _ => Arithmetic.Power(run, a, b),
        };
    }
}

/// <summary><c>a and b</c>, <c>a or b</c>: gives the operand that decides.</summary>
internal sealed class LogicExpression : Expression
{
    private readonly bool isAnd;
    private readonly Expression left;
    private readonly Expression right;

    public LogicExpression(bool isAnd, Expression left, Expression right, int line)
        : base(line)
    {
        this.isAnd = isAnd;
        this.left = left;
        this.right = right;
        Measure();
    }

    public override IEnumerable<Node> Children => [left, right];

    public override TemplateValue Evaluate(Scope scope)
    {
        scope.Run.Step();
        TemplateValue first = left.Evaluate(scope);
        return first.IsTrue == isAnd ? right.Evaluate(scope) : first;
    }
}

/// <summary><c>not a</c>, <c>-a</c>, <c>+a</c>.</summary>
internal sealed class UnaryExpression : Expression
{
    private readonly char op;
    private readonly Expression operand;

    /// <summary>The operator is written as '!', '-' or '+'.</summary>
    public UnaryExpression(char op, Expression operand, int line)
        : base(line)
    {
        this.op = op;
        this.operand = operand;
        Measure();
    }

    public override IEnumerable<Node> Children => [operand];

    public override TemplateValue Evaluate(Scope scope)
    {
        scope.Run.Step();
        TemplateValue value = operand.Evaluate(scope);
        return op switch
        {
            '!' => BooleanValue.Of(!value.IsTrue),
            '-' => Arithmetic.Negate(scope.Run, value),
            _ => Arithmetic.Plus(scope.Run, value),
        };
    }
}

/// <summary><c>a ~ b ~ c</c>: the texts joined.</summary>
internal sealed class ConcatExpression : Expression
{
    private readonly Expression[] parts;

    public ConcatExpression(Expression[] parts, int line)
        : base(line)
    {
        this.parts = parts;
        Measure();
    }

    public override IEnumerable<Node> Children => parts;

    public override TemplateValue Evaluate(Scope scope)
    {
        RenderRun run = scope.Run;
        run.Step();
        List<TemplateValue> values = ListExpression.All(scope, parts);
        bool markup = run.Autoescape && values.Exists(value => value is StringValue { IsMarkup: true });
        var text = new StringBuilder();
        foreach (TemplateValue value in values)
        {
            string piece = markup ? Html.Escape(run, value).Value : value.ToText(run);
            run.Allocate(piece.Length);
            text.Append(piece);
        }

        return run.Text(text.ToString(), markup);
    }
}

/// <summary><c>a &lt; b in c</c>: a chain of comparisons.</summary>
internal sealed class CompareExpression : Expression
{
    private readonly Expression first;
    private readonly (string Op, Expression Operand)[] rest;

    public CompareExpression(Expression first, (string Op, Expression Operand)[] rest, int line)
        : base(line)
    {
        this.first = first;
        this.rest = rest;
        Measure();
    }

    public override IEnumerable<Node> Children => [first, .. rest.Select(r => r.Operand)];

    public override TemplateValue Evaluate(Scope scope)
    {
        TemplateValue left = first.Evaluate(scope);
        foreach ((string op, Expression operand) in rest)
        {
            scope.Run.Step();
            TemplateValue right = operand.Evaluate(scope);
            if (!Holds(scope.Run, op, left, right)) return BooleanValue.False;
            left = right;
        }

        return BooleanValue.True;
    }

    private static bool Holds(RenderRun run, string op, TemplateValue a, TemplateValue b) => op switch
    {
        "==" => Equality.AreEqual(run, a, b),
        "!=" => !Equality.AreEqual(run, a, b),
        "in" => Containment.Contains(run, b, a),
        "not in" => !Containment.Contains(run, b, a),
        _ => Ordering.Compare(run, op, a, b),
    };
}

/// <summary><c>a if test else b</c>.</summary>
internal sealed class ConditionalExpression : Expression
{
    private readonly Expression test;
    private readonly Expression whenTrue;
    private readonly Expression? whenFalse;

    public ConditionalExpression(Expression test, Expression whenTrue, Expression? whenFalse, int line)
        : base(line)
    {
        this.test = test;
        this.whenTrue = whenTrue;
        this.whenFalse = whenFalse;
        Measure();
    }

    public override IEnumerable<Node> Children => whenFalse is null ? [test, whenTrue] : [test, whenTrue, whenFalse];

    public override TemplateValue Evaluate(Scope scope)
    {
        scope.Run.Step();
        if (test.Evaluate(scope).IsTrue) return whenTrue.Evaluate(scope);
        return whenFalse?.Evaluate(scope)
            ?? UndefinedValue.Hint($"the inline if-expression on line {Line} evaluated to false and no else section was defined.");
    }
}

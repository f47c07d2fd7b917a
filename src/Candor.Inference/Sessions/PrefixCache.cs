namespace Candor.Inference;

/// <summary>
/// Conversations that were read before, so that a new one which begins alike need not read the beginning again: a system prompt, a long
/// document, the turns so far. Keeps the latest used within its memory. Thread-safe. Owns the sessions that it keeps.
/// </summary>
/// <param name="mostBytes">Bytes that the sessions that are kept may hold, 0 or more.</param>
public sealed class PrefixCache(long mostBytes) : IDisposable
{
    // Fewer tokens are read sooner than copied.
    private const int LeastTokens = 16;

    private readonly Lock gate = new();
    private readonly LinkedList<Session> kept = [];

    /// <summary>Bytes that are held.</summary>
    public long Bytes
    {
        get
        {
            lock (gate) return kept.Sum(s => s.Bytes);
        }
    }

    /// <summary>A session that has read as much of a prompt as any that is kept: a copy of that one, cut back to what they share, or an empty one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompt">All tokens of the prompt.</param>
    /// <param name="adapter">The adapter that the session's tokens go through; null for none.</param>
    /// <returns>A session, which the caller owns.</returns>
    public Session Begin(LanguageModel model, IReadOnlyList<int> prompt, Candor.Models.LoraAdapter? adapter = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompt);
        lock (gate)
        {
            LinkedListNode<Session>? best = null;
            int most = LeastTokens - 1;
            for (LinkedListNode<Session>? node = kept.First; node is not null; node = node.Next)
            {
                if (node.Value.Model != model || node.Value.Adapter != adapter) continue;
                int common = node.Value.Common(prompt);
                if (common > most) (best, most) = (node, common);
            }

            if (best is null) return model.CreateSession(adapter);
            kept.Remove(best);
            kept.AddFirst(best);
            Session session = best.Value.Fork();
            if (most < session.Tokens.Count) session.Truncate(most);
            return session;
        }
    }

    /// <summary>Keeps a copy of a session. What another one holds a longer form of is not kept, and one that this goes on from is dropped.</summary>
    /// <param name="session">The session, which stays the caller's.</param>
    public void Keep(Session session)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (session.Tokens.Count < LeastTokens || session.Bytes > mostBytes) return;
        lock (gate)
        {
            for (LinkedListNode<Session>? node = kept.First, next; node is not null; node = next)
            {
                next = node.Next;
                Session other = node.Value;
                if (other.Model != session.Model || other.Adapter != session.Adapter) continue;
                int shared = Session.Shared(other.Tokens, session.Tokens);
                if (shared == session.Tokens.Count && other.CanTruncate)
                {
                    kept.Remove(node);
                    kept.AddFirst(node);
                    return;
                }

                if (shared < other.Tokens.Count) continue;
                other.Dispose();
                kept.Remove(node);
            }

            kept.AddFirst(session.Fork());
            while (kept.Sum(s => s.Bytes) > mostBytes)
            {
                kept.Last!.Value.Dispose();
                kept.RemoveLast();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            foreach (Session session in kept) session.Dispose();
            kept.Clear();
        }
    }
}

package handlers

import (
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// guidanceOf returns the messages that answer a request that was not understood, and a request for help, after a prompt.
// Their examples fit the prompt. The other prompts are open, so their examples are too.
func guidanceOf(q session.Prompt) (fallback, help phrases.Message) {
	switch q {
	case conversation.PromptRead:
		return phrases.FallbackRead, phrases.HelpRead
	case conversation.PromptPlay:
		return phrases.FallbackPlay, phrases.HelpPlay
	case conversation.PromptWhere:
		return phrases.FallbackWhere, phrases.HelpWhere
	case conversation.PromptReadOn, conversation.PromptSeries:
		return phrases.FallbackOn, phrases.HelpOn
	case conversation.PromptReadNext:
		return phrases.FallbackNext, phrases.HelpNext
	case conversation.PromptOlder:
		return phrases.FallbackOlder, phrases.HelpOlder
	case conversation.PromptChooseOrMore:
		return phrases.FallbackWhich, phrases.HelpWhich
	case conversation.PromptChoose:
		return phrases.FallbackLast, phrases.HelpLast
	case conversation.PromptList:
		return phrases.FallbackList, phrases.HelpList
	case conversation.PromptSearch:
		return phrases.FallbackSearch, phrases.HelpSearch
	}
	return phrases.Fallback, phrases.Help
}

// handleHelp explains what the listener can say now, and repeats the last prompt.
func (t *turn) handleHelp() conversation.Answer {
	_, help := guidanceOf(t.State.Prompt)
	return t.ExplainAndAsk(help)
}

// handleFallback answers a request that was not understood with examples of requests that fit the moment. Each third
// time in a row, it says in general what the skill can do. If the request interrupted an episode, the session ends, so
// that the episode goes on.
func (t *turn) handleFallback() conversation.Answer {
	if t.InterruptsEpisode() {
		return t.Say(phrases.FallbackEpisode, phrases.Params{})
	}
	message, _ := guidanceOf(t.State.Prompt)
	inRow := t.FallbacksInRow + 1
	if inRow == session.FallbacksInRow {
		message, inRow = phrases.FallbackHelp, 0
	}
	a := t.ExplainAndAsk(message)
	a.Pick = t.fallbackPick()
	a.State.Fallbacks, a.State.FallbacksInRow = (t.State.Fallbacks+1)%session.MaxFallbacks, inRow
	return a
}

// fallbackPick chooses the wording of a fallback. Within a session, it increases by one with each fallback, so that each
// message and question differs from the last one.
func (t *turn) fallbackPick() *uint32 {
	pick := uint32(t.State.Fallbacks) //nolint:gosec // IsValid limits it
	if t.Envelope.Session != nil && t.Envelope.Session.SessionID != "" {
		pick += session.Hash32(t.Envelope.Session.SessionID) % session.MaxFallbacks
	}
	return &pick
}

// askSearchAgain answers a yes to the question what to look for.
func (t *turn) askSearchAgain() conversation.Answer {
	return t.Say(phrases.AskSearchAgain, phrases.Params{}).Ask(conversation.PromptSearch)
}

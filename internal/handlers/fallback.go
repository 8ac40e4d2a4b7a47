package handlers

import (
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// guidanceOf returns the messages that answer a request that was not understood, and a request for help, after a prompt.
// Their examples fit the prompt. The other prompts are open, so their examples are too.
func guidanceOf(q prompt) (fallback, help phrases.Message) {
	switch q {
	case promptRead:
		return phrases.FallbackRead, phrases.HelpRead
	case promptPlay:
		return phrases.FallbackPlay, phrases.HelpPlay
	case promptWhere:
		return phrases.FallbackWhere, phrases.HelpWhere
	case promptReadOn, promptSeries:
		return phrases.FallbackOn, phrases.HelpOn
	case promptReadNext:
		return phrases.FallbackNext, phrases.HelpNext
	case promptOlder:
		return phrases.FallbackOlder, phrases.HelpOlder
	case promptChooseOrMore:
		return phrases.FallbackWhich, phrases.HelpWhich
	case promptChoose:
		return phrases.FallbackLast, phrases.HelpLast
	case promptList:
		return phrases.FallbackList, phrases.HelpList
	case promptSearch:
		return phrases.FallbackSearch, phrases.HelpSearch
	}
	return phrases.Fallback, phrases.Help
}

// handleHelp explains what the listener can say now, and repeats the last prompt.
func (t *turn) handleHelp() answer {
	_, help := guidanceOf(t.state.Prompt)
	return t.explainAndAsk(help)
}

// Limits of the counters of requests that were not understood.
const (
	maxFallbacks   = session.MaxFallbacks
	fallbacksInRow = session.FallbacksInRow
)

// handleFallback answers a request that was not understood with examples of requests that fit the moment. Each third
// time in a row, it says in general what the skill can do. If the request interrupted an episode, the session ends, so
// that the episode goes on.
func (t *turn) handleFallback() answer {
	if t.interruptsEpisode() {
		return t.say(phrases.FallbackEpisode, phrases.Params{})
	}
	message, _ := guidanceOf(t.state.Prompt)
	inRow := t.fallbacksInRow + 1
	if inRow == fallbacksInRow {
		message, inRow = phrases.FallbackHelp, 0
	}
	a := t.explainAndAsk(message)
	a.pick = t.fallbackPick()
	a.state.Fallbacks, a.state.FallbacksInRow = (t.state.Fallbacks+1)%maxFallbacks, inRow
	return a
}

// fallbackPick chooses the wording of a fallback. Within a session, it increases by one with each fallback, so that each
// message and question differs from the last one.
func (t *turn) fallbackPick() *uint32 {
	pick := uint32(t.state.Fallbacks) //nolint:gosec // decodeState limits it
	if t.envelope.Session != nil && t.envelope.Session.SessionID != "" {
		pick += hash32(t.envelope.Session.SessionID) % maxFallbacks
	}
	return &pick
}

// explainAndAsk says a message and asks the last prompt again. After a general prompt it asks what the listener would
// like.
func (t *turn) explainAndAsk(message phrases.Message) answer {
	return t.say(message, phrases.Params{}).ask(t.samePrompt())
}

// samePrompt returns the last prompt, to ask it again. If nothing was offered, it returns the open prompt.
func (t *turn) samePrompt() prompt {
	if t.state.Prompt == promptNone || t.state.Prompt == promptAnythingElse {
		return promptOpen
	}
	return t.state.Prompt
}

// askSearchAgain answers a yes to the question what to look for.
func (t *turn) askSearchAgain() answer {
	return t.say(phrases.AskSearchAgain, phrases.Params{}).ask(promptSearch)
}

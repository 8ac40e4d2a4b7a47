package handlers

import "lastpost/internal/phrases"

// A question is what an answer ends with, and what a yes or a no then answers.
type prompt string

const (
	promptNone         prompt = ""
	promptRead         prompt = "read"  // shall I read the post?
	promptPlay         prompt = "play"  // shall I play its episode?
	promptReadOn       prompt = "on"    // shall I go on reading?
	promptReadNext     prompt = "next"  // shall I read the next one?
	promptOlder        prompt = "older" // shall I name the one before it?
	promptChooseOrMore prompt = "which" // which one of the list, or more?
	promptChoose       prompt = "last"  // which one of the list, of which there is no more?
	promptAnythingElse prompt = "else"  // is there anything else?
	promptOpen         prompt = "what"  // what would you like?
)

// A form is what a question sounds like, what it is about, and what follows from a yes. After a no there is always askElse,
// and after that the end.
type promptSpec struct {
	message, reprompt phrases.Message
	focus             focus // onNothing: whatever it was
	onYes             func(*turn) answer
}

// spec gives what belongs to a question; false for what is none of ours.
func (q prompt) spec() (promptSpec, bool) {
	switch q {
	case promptNone:
		return promptSpec{onYes: (*turn).suggestRequests}, true
	case promptRead:
		return promptSpec{phrases.AskRead, phrases.AskReadAgain, focusPost, (*turn).readCurrent}, true
	case promptPlay:
		return promptSpec{phrases.AskPlay, phrases.AskPlayAgain, focusPost, (*turn).playCurrent}, true
	case promptReadOn:
		return promptSpec{phrases.AskOn, phrases.AskOnAgain, focusText, (*turn).readNextPart}, true
	case promptReadNext:
		return promptSpec{phrases.AskNext, phrases.AskNextAgain, focusText, (*turn).readNextPost}, true
	case promptOlder:
		return promptSpec{phrases.AskOlder, phrases.AskOlderAgain, focusPost, (*turn).announceOlder}, true
	case promptChooseOrMore:
		return promptSpec{phrases.AskWhich, phrases.AskWhichAgain, focusList, (*turn).nextPage}, true
	case promptChoose:
		return promptSpec{phrases.AskLast, phrases.AskLastAgain, focusList, (*turn).chooseAgain}, true
	case promptAnythingElse:
		return promptSpec{phrases.AskElse, phrases.WhatNowAgain, focusNone, (*turn).askOpen}, true
	case promptOpen:
		return promptSpec{phrases.WhatNow, phrases.WhatNowAgain, focusNone, (*turn).suggestRequests}, true
	}
	return promptSpec{}, false
}

// handleYes does what was asked.
func (t *turn) handleYes() answer {
	form, _ := t.state.Prompt.spec() // an unknown one has not got into the place
	return form.onYes(t)
}

// handleNo leaves what was asked; after a second one the listener is through.
func (t *turn) handleNo() answer {
	switch t.state.Prompt {
	case promptNone, promptAnythingElse, promptOpen:
		return t.handleStop()
	}
	return t.say(phrases.AllRight, phrases.Params{}).ask(promptAnythingElse)
}

func (t *turn) askOpen() answer { return t.newAnswer().ask(promptOpen) }

// suggestRequests says what there is to ask for, to whom a question alone did not help.
func (t *turn) suggestRequests() answer {
	return t.say(phrases.WhatNowAgain, phrases.Params{}).ask(promptOpen)
}

// chooseAgain asks again for one of the list. The only one of a page needs no number.
func (t *turn) chooseAgain() answer {
	if page := t.state.List.Page; len(page) == 1 {
		return t.chooseByRef(page[0])
	}
	return t.say(phrases.AskLastAgain, phrases.Params{}).ask(promptChoose)
}

// handleHelp explains, and asks again what was asked.
func (t *turn) handleHelp() answer { return t.explainAndAsk(phrases.Help) }

// handleFallback is for what was not understood. An episode in the middle of which it came goes on.
func (t *turn) handleFallback() answer {
	if t.interruptsEpisode() {
		return t.say(phrases.FallbackEpisode, phrases.Params{})
	}
	return t.explainAndAsk(phrases.Fallback)
}

func (t *turn) explainAndAsk(message phrases.Message) answer {
	again := t.state.Prompt
	if again == promptNone || again == promptAnythingElse {
		again = promptOpen
	}
	return t.say(message, phrases.Params{}).ask(again)
}

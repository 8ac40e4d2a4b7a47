package handlers

import (
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// The prompts: the questions at the end of an answer. The next yes or no answers it.
const (
	promptNone         prompt = ""
	promptRead         prompt = "read"               // shall I read the post?
	promptPlay         prompt = "play"               // shall I play its episode?
	promptWhere        prompt = "where"              // would you like to go on from where you stopped the episode?
	promptReadOn       prompt = session.PromptReadOn // shall I go on reading?
	promptSeries       prompt = session.PromptSeries // shall I go on reading the posts?
	promptReadNext     prompt = "next"               // shall I read the next post?
	promptOlder        prompt = "older"              // would you like the post before it?
	promptChooseOrMore prompt = "which"              // which number of the list, or more titles?
	promptChoose       prompt = "last"               // which number of the list? (after its last page)
	promptList         prompt = "list"               // would you like the titles of the list that was counted?
	promptAnythingElse prompt = "else"               // is there anything else?
	promptOpen         prompt = "what"               // what would you like?
	promptSearch       prompt = "find"               // what shall I look for?
)

// A promptSpec is the wording of a prompt, the focus that the prompt requires, and the handler of a yes. A no leads to
// promptAnythingElse, and a second no ends the session.
type promptSpec struct {
	message, reprompt phrases.Message
	focus             focus // focusNone allows any focus
	onYes             func(*turn) answer
}

// specOf returns the promptSpec of a prompt, or false if the prompt is unknown.
func specOf(q prompt) (promptSpec, bool) {
	switch q {
	case promptNone:
		return promptSpec{onYes: (*turn).suggestRequests}, true
	case promptRead:
		return promptSpec{phrases.AskRead, phrases.AskReadAgain, focusPost, (*turn).readCurrent}, true
	case promptPlay:
		return promptSpec{phrases.AskPlay, phrases.AskPlayAgain, focusPost, (*turn).playCurrent}, true
	case promptWhere:
		return promptSpec{phrases.AskWhere, phrases.AskWhereAgain, focusPost, (*turn).playCurrent}, true
	case promptReadOn:
		return promptSpec{phrases.AskOn, phrases.AskOnAgain, focusText, (*turn).readNextPart}, true
	case promptSeries:
		return promptSpec{phrases.AskSeries, phrases.AskSeriesAgain, focusText, (*turn).readNextPart}, true
	case promptReadNext:
		return promptSpec{phrases.AskNext, phrases.AskNextAgain, focusText, (*turn).readNextPost}, true
	case promptOlder:
		return promptSpec{phrases.AskOlder, phrases.AskOlderAgain, focusPost, (*turn).announceOlder}, true
	case promptChooseOrMore:
		return promptSpec{phrases.AskWhich, phrases.AskWhichAgain, focusList, (*turn).nextPage}, true
	case promptChoose:
		return promptSpec{phrases.AskLast, phrases.AskLastAgain, focusList, (*turn).chooseAgain}, true
	case promptList:
		return promptSpec{phrases.AskList, phrases.AskListAgain, focusNone, (*turn).restartList}, true
	case promptAnythingElse:
		return promptSpec{phrases.AskElse, phrases.WhatNowAgain, focusNone, (*turn).askOpen}, true
	case promptOpen:
		return promptSpec{phrases.WhatNow, phrases.WhatNowAgain, focusNone, (*turn).suggestRequests}, true
	case promptSearch:
		return promptSpec{phrases.AskSearch, phrases.AskSearchAgain, focusNone, (*turn).askSearchAgain}, true
	}
	return promptSpec{}, false
}

// handleYes answers a yes: it runs the action that the last prompt offered.
func (t *turn) handleYes() answer {
	spec, _ := specOf(t.state.Prompt) // decodeState rejects unknown prompts
	return spec.onYes(t)
}

// handleNo declines the last prompt. A second no ends the session.
func (t *turn) handleNo() answer {
	switch t.state.Prompt {
	case promptWhere:
		return t.playFromBeginning()
	case promptNone, promptAnythingElse, promptOpen, promptSearch:
		return t.handleStop()
	}
	return t.say(phrases.AllRight, phrases.Params{}).ask(promptAnythingElse)
}

func (t *turn) askOpen() answer { return t.newAnswer().ask(promptOpen) }

// suggestRequests gives examples of requests.
func (t *turn) suggestRequests() answer {
	return t.say(phrases.WhatNowAgain, phrases.Params{}).ask(promptOpen)
}

// chooseAgain answers a yes to the question which post. It chooses the post if the page has only one, and otherwise
// asks for a number again.
func (t *turn) chooseAgain() answer {
	if page := t.state.List.Page; len(page) == 1 {
		return t.chooseByRef(page[0], (*turn).choosePost)
	}
	return t.say(phrases.AskLastAgain, phrases.Params{}).ask(promptChoose)
}

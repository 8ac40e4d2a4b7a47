package handlers

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/period"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// pageLength is the number of titles on a page: as many as a listener can remember.
const pageLength = session.PageLength

// maxFound limits the length of a list of search results.
const maxFound = session.MaxFound

// announcePage names the posts of a list from its Offset and asks for a choice. If the list does not have posts there, it
// returns the result of ifEmpty.
func (t *turn) announcePage(l postList, drift int, ifEmpty func() answer) answer {
	posts, err := t.listedPosts(postList{Source: l.Source, Query: l.Query, Offset: l.Offset + drift}, pageLength+1)
	switch {
	case err != nil:
		return t.archiveFailure("list posts", err)
	case len(posts) == 0:
		return ifEmpty()
	}
	a := t.newAnswer().ask(promptChoose)
	if len(posts) > pageLength {
		posts, a = posts[:pageLength], a.ask(promptChooseOrMore)
	}
	l.Page, l.Series = nil, nil
	var titles []string
	parts := make([]speechPart, 0, 2*pageLength)
	for i, post := range posts {
		number, rendered := l.Offset+i+1, t.render(post)
		title := t.postName(post, rendered)
		parts = append(parts, speechPart{message: phrases.Number, params: phrases.Params{Number: number}},
			quotePart(rendered.Voice, rendering.EndSentence(rendering.ListTitle(title))))
		l.Page = append(l.Page, refOf(post))
		titles = append(titles, strconv.Itoa(number)+". "+title)
	}
	a = a.addParts(parts...)
	a.state.List, a.state.Focus = &l, focusList
	a.card = &alexa.Card{Title: t.blog, Text: rendering.JoinLines(titles...)}
	a.directives = t.showList(posts, titles)
	return a
}

// listPrompt returns the prompt that asks for a number of the list. It still offers more posts if the last prompt did.
func listPrompt(q prompt) prompt {
	if q == promptChooseOrMore {
		return promptChooseOrMore
	}
	return promptChoose
}

// nextPage names the next page of the list.
func (t *turn) nextPage() answer {
	return t.goToPage(t.state.List.Offset+len(t.state.List.Page), func() answer {
		return t.say(phrases.EndOfList, phrases.Params{}).ask(promptChoose)
	})
}

// previousPage names the previous page. On the first page, it says that there is not a previous page.
func (t *turn) previousPage() answer {
	offset := t.state.List.Offset
	if offset == 0 {
		return t.say(phrases.StartOfList, phrases.Params{}).ask(listPrompt(t.state.Prompt))
	}
	return t.goToPage(max(0, offset-pageLength), t.sayPostGone)
}

// restartList names the current list from its beginning.
func (t *turn) restartList() answer {
	return t.announcePage(postList{Source: t.state.List.Source, Query: t.state.List.Query}, 0, t.sayPostGone)
}

// goToPage names the page at an offset. If the list is empty there, it returns the result of ifEmpty.
func (t *turn) goToPage(offset int, ifEmpty func() answer) answer {
	l := *t.state.List
	drift := t.selector().Drift(l, offset)
	l.Offset = offset
	return t.announcePage(l, drift, ifEmpty)
}

// handleListPosts names the newest posts, or the newest posts of the requested period.
func (t *turn) handleListPosts() answer { return t.withPeriod(t.listPeriod, t.listNewest) }

func (t *turn) listPeriod(p alexa.Period) answer {
	count, _ := t.responder.Posts.Count(period.Filter(p))
	if count < 2 {
		return t.announcePeriod(p)
	}
	return t.say(phrases.ListPeriod, t.periodParams(p, count)).
		followedBy(t.announcePage(postList{Source: sourcePeriod, Query: t.dateSlot()}, 0, t.sayPostGone))
}

func (t *turn) listNewest() answer {
	if t.state.Prompt == promptList { // "list them", after a count
		return t.restartList()
	}
	if count, _ := t.responder.Posts.Count(feed.Filter{}); count < 2 { // with fewer than two posts, the listener has nothing to choose
		return t.announceLatest()
	}
	return t.say(phrases.ListNewest, phrases.Params{}).followedBy(t.announcePage(postList{Source: sourceNewest}, 0, t.sayPostGone))
}

// handleSelectPost chooses a post of the last list by number. Without a list, it lists the newest posts first.
func (t *turn) handleSelectPost() answer { return t.selectNumber((*turn).choosePost) }

// selectNumber calls choose with the post that the slot Number selects.
func (t *turn) selectNumber(choose func(*turn, feed.Post) answer) answer {
	if t.state.List == nil {
		return t.say(phrases.NoList, phrases.Params{}).followedBy(t.listNewest())
	}
	number, err := strconv.Atoi(t.slotValue("Number"))
	if err != nil {
		return t.askNumberAgain(phrases.WhichNumber, phrases.Params{})
	}
	l := t.state.List
	if at := number - 1 - l.Offset; at >= 0 && at < len(l.Page) {
		return t.chooseByRef(l.Page[at], choose)
	}
	return t.chooseBeyondPage(number, choose)
}

// askNumberAgain says why a choice failed and asks for a number again.
func (t *turn) askNumberAgain(message phrases.Message, params phrases.Params) answer {
	a := t.say(message, params).ask(listPrompt(t.state.Prompt))
	a.state.Focus = focusList
	return a
}

// chooseByRef calls choose with the post that a ref identifies. The ref comes from the last page.
func (t *turn) chooseByRef(r ref, choose func(*turn, feed.Post) answer) answer {
	if post, ok := t.postByRef(r); ok {
		return choose(t, post)
	}
	return t.askNumberAgain(phrases.Gone, phrases.Params{})
}

// chooseBeyondPage calls choose with a post of another page.
func (t *turn) chooseBeyondPage(number int, choose func(*turn, feed.Post) answer) answer {
	if number < 1 || number > maxOffset {
		return t.askNumberAgain(phrases.NoSuchNumber, phrases.Params{Number: number})
	}
	l := *t.state.List
	if l.Offset = number - 1 + t.selector().Drift(l, number-1); l.Offset < 0 { // the post was removed
		return t.askNumberAgain(phrases.Gone, phrases.Params{})
	}
	posts, err := t.listedPosts(l, 1)
	switch {
	case err != nil:
		return t.archiveFailure("select listed post", err)
	case len(posts) == 0:
		return t.askNumberAgain(phrases.NoSuchNumber, phrases.Params{Number: number})
	}
	return choose(t, posts[0])
}

// choosePost reads a chosen post, or offers to play it if it has an episode.
func (t *turn) choosePost(p feed.Post) answer {
	if rendered := t.render(p); rendered.IsPlayable() && t.supportsAudio() {
		return t.announce(phrases.ThePost, p, phrases.Params{})
	}
	return t.startReading(p)
}

// findByTitle returns the post of the last page whose title contains all the words. It returns false unless exactly one
// title matches.
func (t *turn) findByTitle(words string) (chosen feed.Post, ok bool) {
	if t.state.Focus != focusList {
		return feed.Post{}, false
	}
	for _, r := range t.state.List.Page {
		post, _ := t.postByRef(r) // a removed post is a zero Post
		if !containsWords(post.Title, words) {
			continue
		}
		if ok {
			return feed.Post{}, false
		}
		chosen, ok = post, true
	}
	return chosen, ok
}

// containsWords reports whether a title contains all the words.
func containsWords(title, words string) bool {
	have := splitWords(title)
	return !slices.ContainsFunc(splitWords(words), func(word string) bool { return !slices.Contains(have, word) })
}

// splitWords returns a text's words in lower case, without punctuation.
func splitWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
}

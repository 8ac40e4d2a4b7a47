package handlers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/period"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/phrases"
)

// pageLength is the number of titles on a page: as many as a listener can remember.
const pageLength = 3

// maxFound limits the length of a list of search results, because each page repeats the search from the beginning.
const maxFound = 60

// A listSource says which posts a list contains.
type listSource string

const (
	sourceNewest   listSource = "newest"
	sourcePeriod   listSource = "period"   // Query is an AMAZON.DATE
	sourceSearch   listSource = "words"    // Query is the search words
	sourceCategory listSource = "category" // Query is the category's name
	sourceNew      listSource = "new"
)

func (s listSource) isKnown() bool {
	return slices.Contains([]listSource{sourceNewest, sourcePeriod, sourceSearch, sourceCategory, sourceNew}, s)
}

// listedPosts returns at most limit posts of a list, beginning at l.Offset.
func (t *turn) listedPosts(l postList, limit int) ([]feed.Post, error) {
	index, store := t.responder.Posts, t.responder.Store
	l.Offset = max(0, l.Offset)
	switch l.Source {
	case sourceNewest:
		return index.Range(feed.Filter{}, l.Offset, limit), nil
	case sourcePeriod:
		p, err := alexa.ParseDate(l.Query, t.now, t.responder.Zone)
		if err != nil {
			return nil, fmt.Errorf("parse list period: %w", err)
		}
		return index.Range(period.Filter(p), l.Offset, limit), nil
	case sourceSearch:
		found, err := store.Search(t.ctx, l.Query, min(l.Offset+limit, maxFound))
		return found[min(l.Offset, len(found)):], err
	case sourceCategory:
		return store.InCategory(t.ctx, l.Query, l.Offset, limit)
	}
	return index.Range(feed.Filter{}, l.Offset, max(0, min(limit, t.countNew()-l.Offset))), nil
}

// countNew returns the number of posts that are new to the listener.
func (t *turn) countNew() int {
	if last, known := t.lastSeen(); known {
		return t.responder.Posts.Since(last)
	}
	return 0
}

// lastSeen returns the newest post at the listener's previous visit. If the archive has removed it, the result has only
// the publication time. lastSeen returns false if there was not a visit.
func (t *turn) lastSeen() (feed.Post, bool) {
	second, _, ok := t.state.Since.decode()
	if !ok {
		return feed.Post{}, false
	}
	if last, kept := t.postByRef(t.state.Since); kept {
		return last, true
	}
	last := feed.Post{Published: time.Unix(second, 0)}
	// A post with such a date has another date now, so its former place says nothing about the posts after it.
	return last, !last.Published.Before(feed.FirstDate())
}

// The drift is the number of positions that a page has moved in its list since the listener heard it. New and removed
// posts cause it. maxDrift is the largest drift that listDrift finds.
const maxDrift = 20

// listDrift returns by how many positions the list has moved since its last page was named, because posts were added or
// removed. For positions before the end of the page, it looks up the page's first remaining post. For later positions,
// it looks up the page's last remaining post. So a spoken number selects the same post as before, and the next page
// begins where the last page ended. If the archive fails, listDrift returns 0, because the caller's next read reports
// the failure.
func (t *turn) listDrift(l postList, position int) int {
	from := max(0, l.Offset-pageLength)
	posts, _ := t.listedPosts(postList{Source: l.Source, Query: l.Query, Offset: from}, l.Offset-from+len(l.Page)+maxDrift)
	indexOf := func(r ref) int {
		return slices.IndexFunc(posts, func(p feed.Post) bool { return refOf(p) == r })
	}
	end := l.Offset + len(l.Page)
	if position >= end {
		for _, r := range slices.Backward(l.Page) {
			if i := indexOf(r); i >= 0 {
				return from + i + 1 - end
			}
		}
		return 0
	}
	for _, r := range l.Page {
		if i := indexOf(r); i >= 0 {
			return from + i - l.Offset
		}
	}
	return 0
}

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
func (q prompt) listPrompt() prompt {
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
		return t.say(phrases.StartOfList, phrases.Params{}).ask(t.state.Prompt.listPrompt())
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
	drift := t.listDrift(l, offset)
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
	a := t.say(message, params).ask(t.state.Prompt.listPrompt())
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
	if l.Offset = number - 1 + t.listDrift(l, number-1); l.Offset < 0 { // the post was removed
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

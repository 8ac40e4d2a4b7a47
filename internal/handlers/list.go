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
	"lastpost/internal/phrases"
)

// pageLength is how many titles a listener can keep in mind.
const pageLength = 3

// maxFound is how far a list of what was searched for goes. The search gives the first so many anew for each page.
const maxFound = 60

// A source is where a list is from.
type listSource string

const (
	sourceNewest   listSource = "newest"
	sourcePeriod   listSource = "period"   // What is an AMAZON.DATE
	sourceSearch   listSource = "words"    // What is words
	sourceCategory listSource = "category" // What is its name
	sourceNew      listSource = "new"
)

func (s listSource) isKnown() bool {
	return slices.Contains([]listSource{sourceNewest, sourcePeriod, sourceSearch, sourceCategory, sourceNew}, s)
}

// listedPosts gives posts of a list: those from its First on, limit at most.
func (t *turn) listedPosts(l postList, limit int) ([]feed.Post, error) {
	shelf, texts := t.responder.Posts, t.responder.Store
	l.Offset = max(0, l.Offset)
	switch l.Source {
	case sourceNewest:
		return shelf.Range(feed.Filter{}, l.Offset, limit), nil
	case sourcePeriod:
		period, err := alexa.ParseDate(l.Query, t.now, t.responder.Zone)
		if err != nil {
			return nil, fmt.Errorf("the list's period: %w", err)
		}
		return shelf.Range(periodFilter(period), l.Offset, limit), nil
	case sourceSearch:
		found, err := texts.Search(t.ctx, l.Query, min(l.Offset+limit, maxFound))
		return found[min(l.Offset, len(found)):], err
	case sourceCategory:
		return texts.InCategory(t.ctx, l.Query, l.Offset, limit)
	}
	return shelf.Range(feed.Filter{}, l.Offset, max(0, min(limit, t.countNew()-l.Offset))), nil
}

// countNew counts the posts that are new to the listener.
func (t *turn) countNew() int {
	second, _, ok := t.state.Since.decode()
	if !ok {
		return 0
	}
	last, kept := t.postByRef(t.state.Since)
	if !kept {
		last = feed.Post{Published: time.Unix(second, 0)}
	}
	return t.responder.Posts.Since(last)
}

// maxDrift is how many posts may come before a page, while the listener has it in mind, until its list is another one.
const maxDrift = 20

// listDrift tells by how much the list has moved at a place of it, as posts are published and forgotten meanwhile: before the
// page that was named last, and behind it. Numbers go on to mean what they did when they were said, and what comes behind a
// page is what stood there, whichever of its own posts are kept no more. Where the archive fails it tells nothing, and who
// then asks for the posts themselves hears of that.
func (t *turn) listDrift(l postList, place int) int {
	from := max(0, l.Offset-pageLength)
	posts, _ := t.listedPosts(postList{Source: l.Source, Query: l.Query, Offset: from}, l.Offset-from+len(l.Page)+maxDrift)
	at := func(r ref) int {
		return slices.IndexFunc(posts, func(p feed.Post) bool { return refOf(p) == r })
	}
	behind := l.Offset + len(l.Page)
	if place >= behind {
		for _, r := range slices.Backward(l.Page) {
			if i := at(r); i >= 0 {
				return from + i + 1 - behind
			}
		}
		return 0
	}
	for _, r := range l.Page {
		if i := at(r); i >= 0 {
			return from + i - l.Offset
		}
	}
	return 0
}

// namePage names the posts of a list from its First on, and asks which one. Where there are none it answers with none.
func (t *turn) namePage(l postList, drift int, none func() answer) answer {
	posts, err := t.listedPosts(postList{Source: l.Source, Query: l.Query, Offset: l.Offset + drift}, pageLength+1)
	switch {
	case err != nil:
		return t.archiveFailure("making a list", err)
	case len(posts) == 0:
		return none()
	}
	a := t.newAnswer().ask(promptChoose)
	if len(posts) > pageLength {
		posts, a = posts[:pageLength], a.ask(promptChooseOrMore)
	}
	l.Page = nil
	var titles []string
	parts := make([]speechPart, 0, 2*pageLength)
	for i, post := range posts {
		number, story := l.Offset+i+1, t.render(post)
		title := t.postName(post, story)
		parts = append(parts, speechPart{message: phrases.Number, values: phrases.Params{Number: number}}, quotePart(story.voice, endSentence(title)))
		l.Page = append(l.Page, refOf(post))
		titles = append(titles, strconv.Itoa(number)+". "+title)
	}
	a = a.addParts(parts...)
	a.state.List, a.state.Focus = &l, focusList
	a.card = &alexa.Card{Title: t.responder.Blog, Text: joinLines(titles...)}
	a.directives = t.showList(posts, titles)
	return a
}

// listPrompt is the question about a list that a page was left with.
func (q prompt) listPrompt() prompt {
	if q == promptChooseOrMore {
		return promptChooseOrMore
	}
	return promptChoose
}

// nextPage names the next posts of the list.
func (t *turn) nextPage() answer {
	return t.goToPage(t.state.List.Offset+len(t.state.List.Page), func() answer {
		return t.say(phrases.EndOfList, phrases.Params{}).ask(promptChoose)
	})
}

// previousPage names the posts before, or says that there are none.
func (t *turn) previousPage() answer {
	first := t.state.List.Offset
	if first == 0 {
		return t.say(phrases.StartOfList, phrases.Params{}).ask(t.state.Prompt.listPrompt())
	}
	return t.goToPage(max(0, first-pageLength), t.sayPostGone)
}

// restartList names the list from its beginning, as it is now.
func (t *turn) restartList() answer {
	return t.namePage(postList{Source: t.state.List.Source, Query: t.state.List.Query}, 0, t.sayPostGone)
}

// goToPage names another page of the list, or the same one. Where the list has none there it answers with none.
func (t *turn) goToPage(first int, none func() answer) answer {
	l := *t.state.List
	drift := t.listDrift(l, first)
	l.Offset = first
	return t.namePage(l, drift, none)
}

// handleListPosts names the newest posts, or those of the period that was asked for.
func (t *turn) handleListPosts() answer { return t.withPeriod(t.listPeriod, t.listNewest) }

func (t *turn) listPeriod(period alexa.Period) answer {
	count, _ := t.responder.Posts.Count(periodFilter(period))
	if count < 2 {
		return t.announcePeriod(period)
	}
	return t.say(phrases.ListPeriod, phrases.Params{Period: t.periodText(period), Count: count}).
		followedBy(t.namePage(postList{Source: sourcePeriod, Query: t.dateSlot()}, 0, t.sayPostGone))
}

func (t *turn) listNewest() answer {
	if count, _ := t.responder.Posts.Count(feed.Filter{}); count < 2 { // no list to choose from
		return t.announceLatest()
	}
	return t.say(phrases.ListNewest, phrases.Params{}).followedBy(t.namePage(postList{Source: sourceNewest}, 0, t.sayPostGone))
}

// handleSelectPost chooses from the last list by number. Without a list it makes one.
func (t *turn) handleSelectPost() answer {
	if t.state.List == nil {
		return t.say(phrases.NoList, phrases.Params{}).followedBy(t.listNewest())
	}
	number, err := strconv.Atoi(t.slotValue("Number"))
	if err != nil {
		return t.askNumberAgain(phrases.WhichNumber, phrases.Params{})
	}
	l := t.state.List
	if at := number - 1 - l.Offset; at >= 0 && at < len(l.Page) {
		return t.chooseByRef(l.Page[at])
	}
	return t.chooseBeyondPage(number)
}

// askNumberAgain says what was wrong with a choice, and asks again for one.
func (t *turn) askNumberAgain(message phrases.Message, words phrases.Params) answer {
	a := t.say(message, words).ask(t.state.Prompt.listPrompt())
	a.state.Focus = focusList
	return a
}

// chooseByRef chooses a post of the page that was named last.
func (t *turn) chooseByRef(r ref) answer {
	if post, ok := t.postByRef(r); ok {
		return t.choosePost(post)
	}
	return t.askNumberAgain(phrases.Gone, phrases.Params{})
}

// chooseBeyondPage chooses a post of another page by its number.
func (t *turn) chooseBeyondPage(number int) answer {
	if number < 1 || number > maxOffset {
		return t.askNumberAgain(phrases.NoSuchNumber, phrases.Params{Number: number})
	}
	l := *t.state.List
	if l.Offset = number - 1 + t.listDrift(l, number-1); l.Offset < 0 { // the list has lost more than stands there now
		return t.askNumberAgain(phrases.Gone, phrases.Params{})
	}
	posts, err := t.listedPosts(l, 1)
	switch {
	case err != nil:
		return t.archiveFailure("looking for a number", err)
	case len(posts) == 0:
		return t.askNumberAgain(phrases.NoSuchNumber, phrases.Params{Number: number})
	}
	return t.choosePost(posts[0])
}

// choosePost does with a post of a list what it was chosen for: it is read, or where it can be played that is offered.
func (t *turn) choosePost(p feed.Post) answer {
	if story := t.render(p); story.isPlayable() && t.supportsAudio() {
		return t.announce(phrases.ThePost, p, phrases.Params{})
	}
	return t.startReading(p)
}

// findByTitle gives the post of the page whose title has all of the words; false where there is none, or more than one.
func (t *turn) findByTitle(words string) (chosen feed.Post, ok bool) {
	if t.state.Focus != focusList {
		return feed.Post{}, false
	}
	for _, r := range t.state.List.Page {
		post, _ := t.postByRef(r) // one that is gone has no title
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

// containsWords tells whether a title has all of the words.
func containsWords(title, words string) bool {
	have := splitWords(title)
	return !slices.ContainsFunc(splitWords(words), func(word string) bool { return !slices.Contains(have, word) })
}

// splitWords are a text's words as they are heard: letters and digits, without their case.
func splitWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
}

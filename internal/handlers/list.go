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

// mostFound is how far a list of what was searched for goes. The search gives the first so many anew for each page.
const mostFound = 60

// A source is where a list is from.
type source string

const (
	newest     source = "newest"
	ofPeriod   source = "period"   // What is an AMAZON.DATE
	withWords  source = "words"    // What is words
	inCategory source = "category" // What is its name
	sinceVisit source = "new"
)

func (s source) known() bool {
	return slices.Contains([]source{newest, ofPeriod, withWords, inCategory, sinceVisit}, s)
}

// posts gives posts of a list: those from its First on, limit at most.
func (t *turn) posts(l list, limit int) ([]feed.Post, error) {
	shelf, texts := t.skill.Posts, t.skill.Texts
	l.First = max(0, l.First)
	switch l.Of {
	case newest:
		return shelf.Range(feed.Filter{}, l.First, limit), nil
	case ofPeriod:
		period, err := alexa.ParseDate(l.What, t.now, t.skill.Zone)
		if err != nil {
			return nil, fmt.Errorf("the list's period: %w", err)
		}
		return shelf.Range(within(period), l.First, limit), nil
	case withWords:
		found, err := texts.Search(t.ctx, l.What, min(l.First+limit, mostFound))
		return found[min(l.First, len(found)):], err
	case inCategory:
		return texts.InCategory(t.ctx, l.What, l.First, limit)
	}
	return shelf.Range(feed.Filter{}, l.First, max(0, min(limit, t.news()-l.First))), nil
}

// news counts the posts that are new to the listener.
func (t *turn) news() int {
	second, _, ok := t.place.Since.parts()
	if !ok {
		return 0
	}
	last, kept := t.find(t.place.Since)
	if !kept {
		last = feed.Post{Published: time.Unix(second, 0)}
	}
	return t.skill.Posts.Since(last)
}

// mostDrift is how many posts may come before a page, while the listener has it in mind, until its list is another one.
const mostDrift = 20

// drift tells by how much the list has moved at a place of it, as posts are published and forgotten meanwhile: before the
// page that was named last, and behind it. Numbers go on to mean what they did when they were said, and what comes behind a
// page is what stood there, whichever of its own posts are kept no more. Where the archive fails it tells nothing, and who
// then asks for the posts themselves hears of that.
func (t *turn) drift(l list, place int) int {
	from := max(0, l.First-pageLength)
	posts, _ := t.posts(list{Of: l.Of, What: l.What, First: from}, l.First-from+len(l.Page)+mostDrift)
	at := func(r ref) int {
		return slices.IndexFunc(posts, func(p feed.Post) bool { return refOf(p) == r })
	}
	behind := l.First + len(l.Page)
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
			return from + i - l.First
		}
	}
	return 0
}

// page names the posts of a list from its First on, and asks which one. Where there are none it answers with none.
func (t *turn) page(l list, drift int, none func() answer) answer {
	posts, err := t.posts(list{Of: l.Of, What: l.What, First: l.First + drift}, pageLength+1)
	switch {
	case err != nil:
		return t.trouble("making a list", err)
	case len(posts) == 0:
		return none()
	}
	a := t.answer().ask(askLast)
	if len(posts) > pageLength {
		posts, a = posts[:pageLength], a.ask(askWhich)
	}
	l.Page = nil
	var titles []string
	parts := make([]part, 0, 2*pageLength)
	for i, post := range posts {
		number, story := l.First+i+1, t.story(post)
		title := t.name(post, story)
		parts = append(parts, part{message: phrases.Number, words: phrases.Words{Number: number}}, quotation(story.locale, sentence(title)))
		l.Page = append(l.Page, refOf(post))
		titles = append(titles, strconv.Itoa(number)+". "+title)
	}
	a = a.add(parts...)
	a.state.List, a.state.Topic = &l, onList
	a.card = &alexa.Card{Title: t.skill.Blog, Text: lines(titles...)}
	a.directives = t.screenList(posts, titles)
	return a
}

// ofList is the question about a list that a page was left with.
func (q question) ofList() question {
	if q == askWhich {
		return askWhich
	}
	return askLast
}

// nextPage names the next posts of the list.
func (t *turn) nextPage() answer {
	return t.turnTo(t.place.List.First+len(t.place.List.Page), func() answer {
		return t.say(phrases.EndOfList, phrases.Words{}).ask(askLast)
	})
}

// previousPage names the posts before, or says that there are none.
func (t *turn) previousPage() answer {
	first := t.place.List.First
	if first == 0 {
		return t.say(phrases.StartOfList, phrases.Words{}).ask(t.place.Asked.ofList())
	}
	return t.turnTo(max(0, first-pageLength), t.gone)
}

// relist names the list from its beginning, as it is now.
func (t *turn) relist() answer {
	return t.page(list{Of: t.place.List.Of, What: t.place.List.What}, 0, t.gone)
}

// turnTo names another page of the list, or the same one. Where the list has none there it answers with none.
func (t *turn) turnTo(first int, none func() answer) answer {
	l := *t.place.List
	drift := t.drift(l, first)
	l.First = first
	return t.page(l, drift, none)
}

// listPosts names the newest posts, or those of the period that was asked for.
func (t *turn) listPosts() answer { return t.dated(t.listPeriod, t.listNewest) }

func (t *turn) listPeriod(period alexa.Period) answer {
	count, _ := t.skill.Posts.Count(within(period))
	if count < 2 {
		return t.tellPeriod(period)
	}
	return t.say(phrases.ListPeriod, phrases.Words{Period: t.spoken(period), Count: count}).
		then(t.page(list{Of: ofPeriod, What: t.dateSaid()}, 0, t.gone))
}

func (t *turn) listNewest() answer {
	if count, _ := t.skill.Posts.Count(feed.Filter{}); count < 2 { // no list to choose from
		return t.tellLatest()
	}
	return t.say(phrases.ListNewest, phrases.Words{}).then(t.page(list{Of: newest}, 0, t.gone))
}

// selectPost chooses from the last list by number. Without a list it makes one.
func (t *turn) selectPost() answer {
	if t.place.List == nil {
		return t.say(phrases.NoList, phrases.Words{}).then(t.listNewest())
	}
	number, err := strconv.Atoi(t.slot("Number"))
	if err != nil {
		return t.whichOf(phrases.WhichNumber, phrases.Words{})
	}
	l := t.place.List
	if at := number - 1 - l.First; at >= 0 && at < len(l.Page) {
		return t.chooseRef(l.Page[at])
	}
	return t.chooseFar(number)
}

// whichOf says what was wrong with a choice, and asks again for one.
func (t *turn) whichOf(message phrases.Message, words phrases.Words) answer {
	a := t.say(message, words).ask(t.place.Asked.ofList())
	a.state.Topic = onList
	return a
}

// chooseRef chooses a post of the page that was named last.
func (t *turn) chooseRef(r ref) answer {
	if post, ok := t.find(r); ok {
		return t.choose(post)
	}
	return t.whichOf(phrases.Gone, phrases.Words{})
}

// chooseFar chooses a post of another page by its number.
func (t *turn) chooseFar(number int) answer {
	if number < 1 || number > maxFirst {
		return t.whichOf(phrases.NoSuchNumber, phrases.Words{Number: number})
	}
	l := *t.place.List
	if l.First = number - 1 + t.drift(l, number-1); l.First < 0 { // the list has lost more than stands there now
		return t.whichOf(phrases.Gone, phrases.Words{})
	}
	posts, err := t.posts(l, 1)
	switch {
	case err != nil:
		return t.trouble("looking for a number", err)
	case len(posts) == 0:
		return t.whichOf(phrases.NoSuchNumber, phrases.Words{Number: number})
	}
	return t.choose(posts[0])
}

// choose does with a post of a list what it was chosen for: it is read, or where it can be played that is offered.
func (t *turn) choose(p feed.Post) answer {
	if story := t.story(p); story.playable() && t.plays() {
		return t.tell(phrases.ThePost, p, phrases.Words{})
	}
	return t.read(p)
}

// titled gives the post of the page whose title has all of the words; false where there is none, or more than one.
func (t *turn) titled(words string) (chosen feed.Post, ok bool) {
	if t.place.Topic != onList {
		return feed.Post{}, false
	}
	for _, r := range t.place.List.Page {
		post, _ := t.find(r) // one that is gone has no title
		if !hasWords(post.Title, words) {
			continue
		}
		if ok {
			return feed.Post{}, false
		}
		chosen, ok = post, true
	}
	return chosen, ok
}

// hasWords tells whether a title has all of the words.
func hasWords(title, words string) bool {
	have := bare(title)
	return !slices.ContainsFunc(bare(words), func(word string) bool { return !slices.Contains(have, word) })
}

// bare are a text's words as they are heard: letters and digits, without their case.
func bare(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
}

package feedtest

import (
	"strconv"
	"time"
)

// Defect is a way in which a publisher says what is not so, or says it so that it cannot be read.
type Defect int

// The lies. Those about posts hold for feeds and for the REST API. Those about a whole answer take the place
// of every feed document and of the REST API; the challenge takes the place of everything.
const (
	NoDefect                 Defect = iota
	AlwaysNotModified               // 304 to whatever is conditional, even after Publish
	UnconditionalNotModified        // 304 even to an unconditional request
	SamePage                        // whichever page is asked for, the first one comes, with a next link
	PageCycle                       // pages lead 1, 2, 3, 2, 3 …; for Archives the feed, the newest archive, the one before, the newest …
	EndlessPages                    // after the last page come pages of invented posts, without end
	EpochDates                      // all dates are the beginning of 1970
	FutureDates                     // all dates are in 2099
	NoDates                         // no dates
	SharedGUID                      // one GUID for all posts; each has its own link
	NoGUIDOneLink                   // no GUIDs, and the home page is every post's link
	ChangingGUIDs                   // other GUIDs in each answer, and no validators
	HugeDocument                    // 50 MiB of a valid RSS document, streamed
	BillionLaughs                   // XML whose entities grow
	InvalidUTF8                     // titles with broken bytes, in declared UTF-8
	Windows1252                     // bytes of Windows-1252 that nothing declares; titles begin with “Café”
	GarbageBytes                    // bytes without meaning under the feed's type
	HTMLChallenge                   // 200 and a page that asks to wait for a check of the browser
	HTMLChallenge403                // the same with 403, as Cloudflare answers
	HTMLChallenge503                // the same with 503, as Cloudflare answered once
	EmptyBody                       // 200 and nothing
	EmptyFeed                       // a valid feed without posts
	TruncatedBody                   // half of the document under the Content-Length of all of it
	HangingBody                     // half of the document, then nothing until the client goes
)

var defectNames = [...]string{"None", "AlwaysNotModified", "NotModifiedUnasked", "SamePage", "Circle", "EndlessPages",
	"Epoch", "Future", "NoDates", "OneGUID", "NoGUIDOneLink", "ChangingGUIDs", "Huge", "BillionLaughs", "InvalidUTF8",
	"Windows1252", "Garbage", "HTMLChallenge", "HTMLChallenge403", "HTMLChallenge503", "Empty", "EmptyFeed", "CutOff", "Hang"}

// String is the lie's name, for a test's name.
func (l Defect) String() string {
	if l < 0 || int(l) >= len(defectNames) {
		return "Lie(" + strconv.Itoa(int(l)) + ")"
	}
	return defectNames[l]
}

// Defects are all lies but None.
func Defects() []Defect {
	lies := []Defect{}
	for l := NoDefect + 1; int(l) < len(defectNames); l++ {
		lies = append(lies, l)
	}
	return lies
}

// entry is a post as an answer tells of it.
type entry struct {
	post
	GUID    string    // "": none
	Link    string    // absolute
	Shown   string    // the title
	Claimed time.Time // zero: no date
}

// invalidBytesMark stands in a document for bytes that are no UTF-8, until it is sent.
const invalidBytesMark = "\ue0ff"

// entries are posts as the lie at hand has them.
func (v *siteView) entries(posts []post) []entry {
	list := make([]entry, 0, len(posts))
	for _, each := range posts {
		list = append(list, v.entry(each))
	}
	return list
}

func (v *siteView) entry(each post) entry {
	e := entry{post: each, GUID: each.guidFor(v.p.Kind), Link: v.base + each.permalinkPath(), Shown: each.title, Claimed: each.published}
	switch v.defect {
	case EpochDates:
		e.Claimed = time.Unix(0, 0).UTC()
	case FutureDates:
		e.Claimed = time.Date(2099, time.January, 1, each.number%8760, 0, 0, 0, time.UTC)
	case NoDates:
		e.Claimed = time.Time{}
	case SharedGUID:
		e.GUID = OriginalURL + "/?p=1"
	case NoGUIDOneLink:
		e.GUID, e.Link = "", v.base+"/"
	case ChangingGUIDs:
		e.GUID += "-" + strconv.Itoa(v.requestNumber)
	case InvalidUTF8:
		e.Shown += " " + invalidBytesMark
	case Windows1252:
		e.Shown = "“Café” " + e.Shown
	}
	return e
}

// pagePosts are the posts of a page, as the lie at hand has them. Pages count from 1.
func (v *siteView) pagePosts(page, size int) []post {
	switch {
	case v.defect == SamePage:
		page = 1
	case v.defect == PageCycle && page > 3:
		page = 2 + page%2
	}
	from := (page - 1) * size
	if v.defect == EndlessPages {
		return v.endlessPosts(from, size)
	}
	if from >= len(v.posts) {
		return nil
	}
	return v.posts[from:min(from+size, len(v.posts))]
}

// endlessPosts goes on after the last post with invented ones.
func (v *siteView) endlessPosts(from, size int) []post {
	posts := make([]post, 0, size)
	for i := from; i < from+size; i++ {
		if i < len(v.posts) {
			posts = append(posts, v.posts[i])
			continue
		}
		number := len(v.posts) - i // 0, -1 …
		at := v.oldestDate().Add(time.Duration(number-1) * 7 * time.Hour)
		posts = append(posts, post{number: number, title: titleFor(number), published: at, modified: at})
	}
	return posts
}

func (v *siteView) oldestDate() time.Time {
	if len(v.posts) == 0 {
		return v.modified
	}
	return v.posts[len(v.posts)-1].published
}

// nextPage is the page that a page leads to; false where it is the last one.
func (v *siteView) nextPage(page, size int) (int, bool) {
	switch v.defect {
	case SamePage, EndlessPages:
		return page + 1, true
	case PageCycle:
		if page >= 3 && len(v.posts) > 2*size {
			return 2, true
		}
	}
	return page + 1, page*size < len(v.posts)
}

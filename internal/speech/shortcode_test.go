package speech

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReplacesShortcodes(t *testing.T) {
	for claim, tt := range map[string]struct{ html, want string }{
		"a gallery":                         {`<p>One.</p><p>[gallery ids="1,2"]</p><p>Two.</p>`, "One.\nTwo."},
		"a gallery with typographic quotes": {`<p>One. [gallery ids=&#8221;1,2&#8243;] Two.</p>`, "One. | Two."},
		"a gallery without attributes":      {`<p>One.</p>[gallery]<p>Two.</p>`, "One.\nTwo."},
		"a caption keeps its text":          {`[caption id="a_1" align="alignnone" width="300"]<a href="x"><img src="x.jpg" alt="A jar"></a> My jar[/caption]`, "A jar. | My jar."},
		"a box keeps its text":              {`<p>[su_box title="Note"]Salt well.[/su_box]</p>`, "Salt well."},
		"rows and columns keep their text":  {`<p>[vc_row][vc_column width="1/2"][vc_column_text]</p><p>Salt.</p><p>[/vc_column_text][/vc_column][/vc_row]</p>`, "Salt."},
		"a pair without attributes":         {`<p>[one_half]Salt.[/one_half] [highlight_x]Dill.[/highlight_x]</p>`, "Salt. | Dill."},
		"marked words":                      {`<p>It is [highlight]big[/highlight].</p>`, "It is big."},
		"a shortcode that closes itself":    {`<p>One. [divider style="x"/] Two. [vc_separator /]</p>`, "One. | Two."},
		"a video":                           {`<p>One.</p><p>[youtube=https://www.youtube.com/watch?v=x&w=1]</p><p>Two.</p>`, "One.\n(Video.)\nTwo."},
		"a video with an enclosed address":  {`<p>One.</p>[video]https://a.example/x.mp4[/video]<p>Two.</p>`, "One.\n(Video.)\nTwo."},
		"a video with an address":           {`<p>One.</p>[vimeo https://vimeo.com/1]<p>Two.</p>`, "One.\n(Video.)\nTwo."},
		"an audio recording":                {`<p>One.</p>[audio mp3="https://a.example/x.mp3"][/audio]<p>Two.</p>`, "One.\n(Audio.)\nTwo."},
		"embedded content":                  {`<p>One.</p>[embed width="1"]https://a.example/[/embed]<p>Two.</p>`, "One.\n(Embed.)\nTwo."},
		"a name in a sentence":              {`<p>The [gallery] was closed. [Archives] are open. The <b>[gallery]</b> too.</p>`, "The [gallery] was closed. | [Archives] are open. | The [gallery] too."},
		"several galleries":                 {`<p>One. [gallery] [toc] Two. [gallery]</p>`, "One. | Two."},
		"more shortcodes":                   {`<p>One.</p><p>[divider]</p><p>[instagram-feed]</p><p>[ad]</p><p>Two. [ad]</p>`, "One.\nTwo."},
		"a name with a number":              {`<p>One.</p><p>[tweet 123]</p><p>[polldaddy poll=123]</p>[vimeo 12345]<p>Two.</p>`, "One.\n(Embed.)\n(Embed.)\n(Video.)\nTwo."},
		"a name with a number in a text":    {`<p>See [map 12] and [tweet 123 of them].</p>`, "See [map 12] and [tweet 123 of them]."},
		"a video of EmbedPlus":              {`<p>One.</p><p>[embedyt] https://www.youtube.com/watch?v=x[/embedyt]</p><p>Two.</p>`, "One.\n(Video.)\nTwo."},
		"columns":                           {`[one_half]Left side.[/one_half][one_half_last]Right side.[/one_half_last]`, "Left side. | Right side."},
		"an advertisement in a sentence":    {`<p>The [ad] was long.</p>`, "The [ad] was long."},
		"a closing shortcode alone":         {`<p>One.[/vc_row]</p>`, "One."},
		"words in brackets":                 {`<p>He [sic] said [1] this […] and [...] that [citation needed], [edit], [video] [Press Tab] [tab].</p>`, "He [sic] said [1] this […] and [...] that [citation needed], [edit], [video] [Press Tab] [tab]."},
		"a placeholder":                     {`<p>Dear [your_name], see [x = 5] and [a=b c].</p>`, "Dear [your_name], see [x = 5] and [a=b c]."},
		"a shortcode in code":               {`<p>Write <code>[gallery ids="1"]</code>.</p>`, `Write [gallery ids="1"].`},
		"an escaped shortcode":              {`<p>Write [[gallery]].</p>`, `Write [[gallery]].`},
		"a Markdown link":                   {`<p>See [gallery](x).</p>`, `See [gallery](x).`},
		"code that is not closed":           {`<p>The [code] is here.</p>`, `The [code] is here.`},
		"code between texts":                {`<p>So: [php]echo 1;[/php] That is all.</p>`, "So:\n(Code of 1 lines.)\nThat is all."},
		"two codes":                         {`<p>[js]a[/js] and [css]b[/css]</p>`, "(Code of 1 lines.)\nand.\n(Code of 1 lines.)"},
		"shortcodes in code":                {`<p>[code][gallery][/code] One.</p>`, "(Code of 1 lines.)\nOne."},
		"a formula":                         {`<p>So [latex]x^2[/latex] is it.</p>`, "So a formula is it."},
	} {
		t.Run(claim, func(t *testing.T) {
			require.Equal(t, tt.want, textLines(Parse(tt.html, englishAnnouncements())))
		})
	}
}

func TestReplacesFormulas(t *testing.T) {
	for claim, tt := range map[string]struct{ html, want string }{
		"a formula between dollar signs":      {`<p>So $\frac{1}{2}$ is it.</p>`, "So a formula is it."},
		"a formula starts a sentence":         {`<p>$$\sum_{i=1}^n i$$</p>`, "A formula."},
		"a formula in brackets":               {`<p>So \(a_1 + a_2\) and \[a^2\] hold.</p>`, "So a formula and a formula hold."},
		"a formula of several lines":          {`<p>So:<br>\begin{align}<br>a &amp;= b \\<br>c &amp;= d<br>\end{align}<br>Good.</p>`, "So: | A formula. | Good."},
		"a formula of WordPress.com":          {`<p>So $latex e^{i \pi}$ is it.</p>`, "So a formula is it."},
		"a letter is spoken":                  {`<p>Let $n$ be big, and \(x = 5\).</p>`, "Let n be big, and x = 5."},
		"an image of a formula":               {`<p>So <img class="latex" src="https://s0.wp.com/latex.php?latex=x" alt="\frac{a}{b}"> is it.</p>`, "So a formula is it."},
		"an image of a formula by its source": {`<p>So <img src="https://latex.codecogs.com/gif.latex?x^2" alt="x^2" title="x^2">.</p>`, "So a formula."},
		"an image of a letter":                {`<p>Let <img class="latex" src="x" alt="n"> be big.</p>`, "Let n be big."},
		"MathML":                              {`<p>So <math><msup><mi>x</mi><mn>2</mn></msup></math> is it.</p>`, "So a formula is it."},
		"KaTeX":                               {`<p>So <span class="katex"><span class="katex-mathml"><math><semantics><mi>x</mi><annotation encoding="application/x-tex">x^2</annotation></semantics></math></span><span class="katex-html" aria-hidden="true">x2</span></span> is it.</p>`, "So a formula is it."},
		"KaTeX with a letter":                 {`<p>Let <span class="katex"><span class="katex-mathml"><math><semantics><mi>n</mi><annotation encoding="application/x-tex">n</annotation></semantics></math></span><span class="katex-html" aria-hidden="true">n</span></span> be.</p>`, "Let n be."},
		"MathJax":                             {`<p>So <span class="MathJax_Preview">x</span><script type="math/tex">x^2</script> is it.</p>`, "So a formula is it."},
		"a block":                             {`<p>So:</p><div class="math display">\[x^2\]</div><p>Yes.</p>`, "So:\nA formula.\nYes."},
		"Wikipedia":                           {`<p>So <span class="mwe-math-element"><span style="display: none;"><math alttext="x^2"><mi>x</mi></math></span><img class="mwe-math-fallback-image-inline" alt="x^2"></span> is it.</p>`, "So a formula is it."},
		"without a space":                     {`<p>So<span class="katex">x</span>holds.</p>`, "So a formula holds."},
		"a formula between two sentences":     {`<p>So. $$x^2$$ Good. $y^2$ is it.</p>`, "So. | A formula. | Good. | A formula is it."},
		"prices":                              {`<p>It costs $5 and $10, $5-$10, $5/$10, US$5 or CA$7, $1,000 and $2,000.</p>`, "It costs $5 and $10, $5-$10, $5/$10, US$5 or CA$7, $1,000 and $2,000."},
		"money":                               {`<p>They made $$ and spent $$ (or $$$).</p>`, "They made $$ and spent $$ (or $$$)."},
		"names of variables":                  {`<p>Set $HOME and $PATH, $_GET and $_POST, $a=$b.</p>`, "Set $HOME and $PATH, $_GET and $_POST, $a=$b."},
		"code":                                {`<p>Use <code>$x_1$</code> and <code>\(</code> with <code>\)</code>.</p>`, `Use $x_1$ and \( with \).`},
		"a mark that is not closed":           {`<p>A \( and a $ stay.</p>`, `A \( and a $ stay.`},
	} {
		t.Run(claim, func(t *testing.T) {
			require.Equal(t, tt.want, textLines(Parse(tt.html, englishAnnouncements())))
		})
	}
	require.Equal(t, "So is it.", Parse(`So $\frac{1}{2}$ is it.`, Announcements{}).String(), "without a word for formulas")
}

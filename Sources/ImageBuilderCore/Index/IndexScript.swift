/// The script of index.html: a click on a column sorts the table, and the filter hides rows. Without
/// the script, the page shows everything.
enum IndexScript {
  static let text = """
    const body = document.querySelector("tbody");
    const heads = [...document.querySelectorAll("th")];
    heads.forEach((head, column) => head.firstChild.addEventListener("click", () => {
      const rises = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", rises ? "ascending" : "descending");
      const text = (row) => row.cells[column].innerText;
      const order = (a, b) => text(a).localeCompare(text(b), "en", { numeric: true });
      body.append(...[...body.rows].sort((a, b) => rises ? order(a, b) : order(b, a)));
    }));
    const filter = document.querySelector("#filter"), newest = document.querySelector("#newest");
    const apply = () => {
      const words = filter.value.toLowerCase().split(/\\s+/);
      for (const row of body.rows) {
        const text = row.innerText.toLowerCase();
        row.hidden = newest.checked && !row.classList.contains("latest")
          || !words.every((word) => text.includes(word));
      }
    };
    filter.addEventListener("input", apply);
    newest.addEventListener("change", apply);
    """
}

// GitHub's own language service over actions and workflows: events, contexts of expressions, and whether our own
// action takes the inputs that it is given. ./test bundles it, for node 20 can't import the JSON that it brings along.
//
//   node workflows.cjs FILE…     prints FILE:LINE: what is wrong, and exits 1 if anything is
import { readFileSync } from "node:fs";
import { validate } from "@actions/languageservice";
import { TextDocument } from "vscode-languageserver-textdocument";
import { parse } from "yaml";

const OWN = { "": "action.yml", setup: "setup/action.yml" };

// What our action takes stands in its file. Of others nothing is known here, and so nothing said.
const actionsMetadataProvider = {
  async fetchActionMetadata({ owner, name, path }) {
    const file = `${owner}/${name}` === "cask-dev/cask" ? OWN[path ?? ""] : undefined;
    return file === undefined ? { name, description: "" } : parse(readFileSync(file, "utf8"));
  },
};

async function check(file) {
  // Our own repository names its action by its folder, which the service does not follow.
  const text = readFileSync(file, "utf8").replace(/uses: \.\/(?=\s)/g, "uses: cask-dev/cask@main");
  const document = TextDocument.create(`file:///${file}`, "yaml", 1, text);
  const found = await validate(document, { actionsMetadataProvider });
  return found.map(({ range, message }) => `${file}:${range.start.line + 1}: ${message}`);
}

async function main(files) {
  const wrong = (await Promise.all(files.map(check))).flat();
  wrong.forEach((line) => console.log(line));
  process.exitCode = files.length === 0 || wrong.length > 0 ? 1 : 0;
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

--- What mariadb-dump writes is read, wherever a piece of it ends.
local dump = require("admin.dump")

local DUMP = [[
-- MariaDB dump 10.19
/*!40101 SET NAMES utf8mb4 */;
CREATE TABLE `Other` (
  `a` int(11) DEFAULT NULL
);
INSERT INTO `Other` VALUES (1),(2);
DROP TABLE IF EXISTS `capsule`;
CREATE TABLE `capsule` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `key` varchar(30) DEFAULT NULL,
  `content` text DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `k` (`key`)
) ENGINE=InnoDB;
LOCK TABLES `capsule` WRITE;
INSERT INTO `capsule` VALUES
(1,'a\'b','line\r\nnext \\ "q" \"e\" '' \0\Z\t);INSERT INTO `capsule` VALUES (9'),
(2,NULL,''),(3,_binary 'bin',0x4869);
UNLOCK TABLES;
INSERT INTO `capsule` (`content`, `id`) VALUES (-1.5e3,4);
INSERT INTO `Other` VALUES (7);
]]

local function source_of(text, piece)
  local at = 1
  return {
    read = function()
      local part = text:sub(at, at + piece - 1)
      at = at + #part
      return part ~= "" and part or nil
    end,
  }
end

local function read(text, piece)
  local rows = {}
  for row in dump.rows(source_of(text, piece), "Capsule") do
    rows[#rows + 1] = row
  end
  return rows
end

describe("a dump", function()
  for _, piece in ipairs({ 1, 2, 3, 7, 64, 100000 }) do
    it("gives its rows byte for byte, in pieces of " .. piece, function()
      assert.same({
        { id = "1", key = "a'b", content = "line\r\nnext \\ \"q\" \"e\" ' \0\x1a\t);INSERT INTO `capsule` VALUES (9" },
        { id = "2", content = "" },
        { id = "3", key = "bin", content = "Hi" },
        { id = "4", content = "-1.5e3" },
      }, read(DUMP, piece))
    end)
  end

  it("that ends in the middle is told with its place", function()
    local good, fault = pcall(read, DUMP:sub(1, DUMP:find("\r", 1, true) or DUMP:find("next", 1, true)), 10)
    assert.is_false(good)
    assert.truthy(fault[1]:find("^byte %d+: the dump ends inside a text"), fault[1])
    good, fault = pcall(read, DUMP:gsub("%(2,NULL", "(2;NULL"), 10)
    assert.is_false(good)
    assert.truthy(fault[1]:find("';' stands where ',' should", 1, true), fault[1])
  end)

  it("of something else has no rows", function()
    assert.same({}, read("just words\n", 5))
    assert.same({}, read("", 5))
  end)
end)

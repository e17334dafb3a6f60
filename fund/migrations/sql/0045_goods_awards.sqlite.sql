-- A request is stopped once nothing is promised to it, and stays so.
CREATE TRIGGER goods_stop_free BEFORE INSERT ON goods_stop
WHEN (SELECT coalesce(sum(s.held * s.quantity), 0) FROM goods_step s WHERE s.request = NEW.chain) <> 0
BEGIN SELECT RAISE(ABORT, 'goods:still promised'); END;

CREATE TRIGGER goods_step_stopped BEFORE INSERT ON goods_step
WHEN NEW.act IN ('reserve', 'issue') AND EXISTS (SELECT 1 FROM goods_stop x WHERE x.chain = NEW.request)
BEGIN SELECT RAISE(ABORT, 'goods:stopped'); END;

CREATE TRIGGER goods_request_step_stopped BEFORE INSERT ON goods_request_step
WHEN EXISTS (SELECT 1 FROM goods_stop x WHERE x.chain = NEW.chain)
BEGIN SELECT RAISE(ABORT, 'goods:stopped'); END;

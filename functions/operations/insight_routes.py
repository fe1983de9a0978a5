"""How the platform is, for administrators."""

from darkroom.auth import Admin
from darkroom.http import TxDep, router
from operations import insight_service as service
from operations.schemas import History, Insight, Metrics

routes = router("/ops", tags=["operations"], responses={403: {"description": "Not an administrator"}})


@routes.get("/health", operation_id="getInsight", summary="Each part that the platform relies on (admin)")
async def get_insight(tx: TxDep, admin: Admin) -> Insight:
    return Insight.model_validate(service.look_around(tx))


@routes.get("/metrics", operation_id="getMetrics", summary="Queues, restorations, storage and alarms (admin)")
async def get_metrics(tx: TxDep, admin: Admin) -> Metrics:
    return Metrics.model_validate(service.measure(tx))


@routes.get("/history", operation_id="getHistory", summary="The last day of queues and restorations (admin)")
async def get_history(tx: TxDep, admin: Admin) -> History:
    return History.model_validate(service.look_back(tx))
